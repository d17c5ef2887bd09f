// Annotations of config.json that mean something to Stator. All others are the user's.

/** Its value is the name of a seccomp policy. */
export const seccompPolicyAnnotation = 'org.stator.seccomp.policy'
