// Generated from policies/seccomp/seccomp.schema.json by scripts/generate-validator.mjs; not to be edited. The checks as ajv
// compiles them, and the shapes: `fields` by name, `each` member of a list, `values` of a map; `wide`: a 64-bit
// integer; `blank`: a string that counts as absent when it is empty.
// @ts-nocheck
/* eslint-disable */
export const validateSeccompPolicy=y;const j={type:"object",additionalProperties:!1,properties:{$schema:{type:"string"},
name:{type:"string"},description:{type:"string"},comment:{type:"string"},source:{type:"string"},extends:{type:"string"},
defaultAction:{$ref:"#/definitions/action"},defaultErrno:{$ref:"#/definitions/errno"},defaultErrnoRet:{$ref:"#/definitio\
ns/uint32"},architectures:{type:"array",items:{$ref:"#/definitions/architecture"}},archMap:{type:"array",items:{$ref:"#/\
definitions/archMapEntry"}},flags:{$ref:"#/definitions/strings"},listenerPath:{type:"string"},listenerMetadata:{type:"st\
ring"},syscalls:{type:"array",items:{$ref:"#/definitions/rule"}}}},T=Object.prototype.hasOwnProperty,K={enum:["SCMP_ACT_\
KILL","SCMP_ACT_KILL_PROCESS","SCMP_ACT_KILL_THREAD","SCMP_ACT_TRAP","SCMP_ACT_ERRNO","SCMP_ACT_NOTIFY","SCMP_ACT_TRACE",
"SCMP_ACT_LOG","SCMP_ACT_ALLOW"]};function h(r,{instancePath:n="",parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,
e=0;return r==="SCMP_ACT_KILL"||r==="SCMP_ACT_KILL_PROCESS"||r==="SCMP_ACT_KILL_THREAD"||r==="SCMP_ACT_TRAP"||r==="SCMP_\
ACT_ERRNO"||r==="SCMP_ACT_NOTIFY"||r==="SCMP_ACT_TRACE"||r==="SCMP_ACT_LOG"||r==="SCMP_ACT_ALLOW"?(h.errors=t,e===0):(h.
errors=[{instancePath:n,keyword:"enum",params:{allowedValues:K.enum}}],!1)}const Y={type:"string"};function g(r,{instancePath:n="",
parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;return typeof r!="string"?(g.errors=[{instancePath:n,
keyword:"type",params:{type:"string"}}],!1):(g.errors=t,e===0)}const z={wholeNumber:{minimum:"0",maximum:"4294967295"}};
function R(r,{instancePath:n="",parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;return(typeof r=="big\
int"||Number.isSafeInteger(r))&&r>=BigInt("0")&&r<=BigInt("4294967295")?(R.errors=t,e===0):(R.errors=[{instancePath:n,keyword:"\
wholeNumber",params:{minimum:"0",maximum:"4294967295"}}],!1)}const O={enum:["SCMP_ARCH_X86","SCMP_ARCH_X86_64","SCMP_ARC\
H_X32","SCMP_ARCH_ARM","SCMP_ARCH_AARCH64","SCMP_ARCH_MIPS","SCMP_ARCH_MIPS64","SCMP_ARCH_MIPS64N32","SCMP_ARCH_MIPSEL",
"SCMP_ARCH_MIPSEL64","SCMP_ARCH_MIPSEL64N32","SCMP_ARCH_PPC","SCMP_ARCH_PPC64","SCMP_ARCH_PPC64LE","SCMP_ARCH_S390","SCM\
P_ARCH_S390X","SCMP_ARCH_PARISC","SCMP_ARCH_PARISC64","SCMP_ARCH_RISCV64","SCMP_ARCH_LOONGARCH64","SCMP_ARCH_M68K","SCMP\
_ARCH_SH","SCMP_ARCH_SHEB"]};function P(r,{instancePath:n="",parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,
e=0;return r==="SCMP_ARCH_X86"||r==="SCMP_ARCH_X86_64"||r==="SCMP_ARCH_X32"||r==="SCMP_ARCH_ARM"||r==="SCMP_ARCH_AARCH64"||
r==="SCMP_ARCH_MIPS"||r==="SCMP_ARCH_MIPS64"||r==="SCMP_ARCH_MIPS64N32"||r==="SCMP_ARCH_MIPSEL"||r==="SCMP_ARCH_MIPSEL64"||
r==="SCMP_ARCH_MIPSEL64N32"||r==="SCMP_ARCH_PPC"||r==="SCMP_ARCH_PPC64"||r==="SCMP_ARCH_PPC64LE"||r==="SCMP_ARCH_S390"||
r==="SCMP_ARCH_S390X"||r==="SCMP_ARCH_PARISC"||r==="SCMP_ARCH_PARISC64"||r==="SCMP_ARCH_RISCV64"||r==="SCMP_ARCH_LOONGAR\
CH64"||r==="SCMP_ARCH_M68K"||r==="SCMP_ARCH_SH"||r==="SCMP_ARCH_SHEB"?(P.errors=t,e===0):(P.errors=[{instancePath:n,keyword:"\
enum",params:{allowedValues:O.enum}}],!1)}const J={type:"object",additionalProperties:!1,required:["architecture"],properties:{
architecture:{$ref:"#/definitions/architecture"},subArchitectures:{type:"array",items:{$ref:"#/definitions/architecture"}}}};
function w(r,{instancePath:n="",parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;if(e===0)if(r&&typeof r==
"object"&&!Array.isArray(r)){let u;if(r.architecture===void 0&&(u="architecture"))return w.errors=[{instancePath:n,keyword:"\
required",params:{missingProperty:u}}],!1;{const a=e;for(const i in r)if(!(i==="architecture"||i==="subArchitectures")){
return w.errors=[{instancePath:n,keyword:"additionalProperties",params:{additionalProperty:i}}],!1;break}if(a===e){if(r.
architecture!==void 0){const i=e;P(r.architecture,{instancePath:n+"/architecture",parentData:r,parentDataProperty:"archi\
tecture",rootData:l})||(t=t===null?P.errors:t.concat(P.errors),e=t.length);var s=i===e}else var s=!0;if(s)if(r.subArchitectures!==
void 0){let i=r.subArchitectures;const o=e;if(e===o)if(Array.isArray(i)){var c=!0;const A=i.length;for(let p=0;p<A;p++){
const f=e;P(i[p],{instancePath:n+"/subArchitectures/"+p,parentData:i,parentDataProperty:p,rootData:l})||(t=t===null?P.errors:
t.concat(P.errors),e=t.length);var c=f===e;if(!c)break}}else return w.errors=[{instancePath:n+"/subArchitectures",keyword:"\
type",params:{type:"array"}}],!1;var s=o===e}else var s=!0}}}else return w.errors=[{instancePath:n,keyword:"type",params:{
type:"object"}}],!1;return w.errors=t,e===0}const U={type:"array",items:{type:"string"}};function _(r,{instancePath:n="",
parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;if(e===0)if(Array.isArray(r)){var s=!0;const c=r.length;
for(let u=0;u<c;u++){const a=e;if(typeof r[u]!="string")return _.errors=[{instancePath:n+"/"+u,keyword:"type",params:{type:"\
string"}}],!1;var s=a===e;if(!s)break}}else return _.errors=[{instancePath:n,keyword:"type",params:{type:"array"}}],!1;return _.
errors=t,e===0}const B={type:"object",additionalProperties:!1,required:["names","action"],properties:{description:{type:"\
string"},comment:{type:"string"},why:{type:"string"},source:{type:"string"},names:{$ref:"#/definitions/strings"},action:{
$ref:"#/definitions/action"},errno:{$ref:"#/definitions/errno"},errnoRet:{$ref:"#/definitions/uint32"},args:{type:"array",
items:{$ref:"#/definitions/argument"}},includes:{$ref:"#/definitions/conditions"},excludes:{$ref:"#/definitions/conditio\
ns"}}},G={type:"object",additionalProperties:!1,required:["index","value","op"],properties:{index:{wholeNumber:{minimum:"\
0",maximum:"5"}},value:{$ref:"#/definitions/uint64"},valueTwo:{$ref:"#/definitions/uint64"},op:{enum:["SCMP_CMP_NE","SCM\
P_CMP_LT","SCMP_CMP_LE","SCMP_CMP_EQ","SCMP_CMP_GE","SCMP_CMP_GT","SCMP_CMP_MASKED_EQ"]}}},Z={wholeNumber:{minimum:"0",maximum:"\
18446744073709551615"}};function D(r,{instancePath:n="",parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;
return(typeof r=="bigint"||Number.isSafeInteger(r))&&r>=BigInt("0")&&r<=BigInt("18446744073709551615")?(D.errors=t,e===0):
(D.errors=[{instancePath:n,keyword:"wholeNumber",params:{minimum:"0",maximum:"18446744073709551615"}}],!1)}function M(r,{
instancePath:n="",parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;if(e===0)if(r&&typeof r=="object"&&
!Array.isArray(r)){let c;if(r.index===void 0&&(c="index")||r.value===void 0&&(c="value")||r.op===void 0&&(c="op"))return M.
errors=[{instancePath:n,keyword:"required",params:{missingProperty:c}}],!1;{const u=e;for(const a in r)if(!(a==="index"||
a==="value"||a==="valueTwo"||a==="op")){return M.errors=[{instancePath:n,keyword:"additionalProperties",params:{additionalProperty:a}}],
!1;break}if(u===e){if(r.index!==void 0){let a=r.index;const i=e;if(!((typeof a=="bigint"||Number.isSafeInteger(a))&&a>=BigInt(
"0")&&a<=BigInt("5")))return M.errors=[{instancePath:n+"/index",keyword:"wholeNumber",params:{minimum:"0",maximum:"5"}}],
!1;var s=i===e}else var s=!0;if(s){if(r.value!==void 0){const a=e;D(r.value,{instancePath:n+"/value",parentData:r,parentDataProperty:"\
value",rootData:l})||(t=t===null?D.errors:t.concat(D.errors),e=t.length);var s=a===e}else var s=!0;if(s){if(r.valueTwo!==
void 0){const a=e;D(r.valueTwo,{instancePath:n+"/valueTwo",parentData:r,parentDataProperty:"valueTwo",rootData:l})||(t=t===
null?D.errors:t.concat(D.errors),e=t.length);var s=a===e}else var s=!0;if(s)if(r.op!==void 0){let a=r.op;const i=e;if(!(a===
"SCMP_CMP_NE"||a==="SCMP_CMP_LT"||a==="SCMP_CMP_LE"||a==="SCMP_CMP_EQ"||a==="SCMP_CMP_GE"||a==="SCMP_CMP_GT"||a==="SCMP_\
CMP_MASKED_EQ"))return M.errors=[{instancePath:n+"/op",keyword:"enum",params:{allowedValues:G.properties.op.enum}}],!1;var s=i===
e}else var s=!0}}}}}else return M.errors=[{instancePath:n,keyword:"type",params:{type:"object"}}],!1;return M.errors=t,e===
0}const rr={type:"object",additionalProperties:!1,properties:{caps:{$ref:"#/definitions/strings"},arches:{type:"array",items:{
$ref:"#/definitions/machine"}},minKernel:{type:"string"}}},X={enum:["amd64","x86","x32","arm","arm64","mips","mips64","m\
ips64n32","mipsel","mipsel64","mipsel64n32","ppc","ppc64","ppc64le","s390","s390x","riscv64","loong64"]};function E(r,{instancePath:n="",
parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;return r==="amd64"||r==="x86"||r==="x32"||r==="arm"||
r==="arm64"||r==="mips"||r==="mips64"||r==="mips64n32"||r==="mipsel"||r==="mipsel64"||r==="mipsel64n32"||r==="ppc"||r===
"ppc64"||r==="ppc64le"||r==="s390"||r==="s390x"||r==="riscv64"||r==="loong64"?(E.errors=t,e===0):(E.errors=[{instancePath:n,
keyword:"enum",params:{allowedValues:X.enum}}],!1)}function d(r,{instancePath:n="",parentData:v,parentDataProperty:C,rootData:l=r}={}){
let t=null,e=0;if(e===0)if(r&&typeof r=="object"&&!Array.isArray(r)){const u=e;for(const a in r)if(!(a==="caps"||a==="ar\
ches"||a==="minKernel")){return d.errors=[{instancePath:n,keyword:"additionalProperties",params:{additionalProperty:a}}],
!1;break}if(u===e){if(r.caps!==void 0){const a=e;_(r.caps,{instancePath:n+"/caps",parentData:r,parentDataProperty:"caps",
rootData:l})||(t=t===null?_.errors:t.concat(_.errors),e=t.length);var s=a===e}else var s=!0;if(s){if(r.arches!==void 0){
let a=r.arches;const i=e;if(e===i)if(Array.isArray(a)){var c=!0;const S=a.length;for(let A=0;A<S;A++){const p=e;E(a[A],{
instancePath:n+"/arches/"+A,parentData:a,parentDataProperty:A,rootData:l})||(t=t===null?E.errors:t.concat(E.errors),e=t.
length);var c=p===e;if(!c)break}}else return d.errors=[{instancePath:n+"/arches",keyword:"type",params:{type:"array"}}],
!1;var s=i===e}else var s=!0;if(s)if(r.minKernel!==void 0){const a=e;if(typeof r.minKernel!="string")return d.errors=[{instancePath:n+
"/minKernel",keyword:"type",params:{type:"string"}}],!1;var s=a===e}else var s=!0}}}else return d.errors=[{instancePath:n,
keyword:"type",params:{type:"object"}}],!1;return d.errors=t,e===0}function m(r,{instancePath:n="",parentData:v,parentDataProperty:C,
rootData:l=r}={}){let t=null,e=0;if(e===0)if(r&&typeof r=="object"&&!Array.isArray(r)){let u;if(r.names===void 0&&(u="na\
mes")||r.action===void 0&&(u="action"))return m.errors=[{instancePath:n,keyword:"required",params:{missingProperty:u}}],
!1;{const a=e;for(const i in r)if(!T.call(B.properties,i)){return m.errors=[{instancePath:n,keyword:"additionalPropertie\
s",params:{additionalProperty:i}}],!1;break}if(a===e){if(r.description!==void 0){const i=e;if(typeof r.description!="str\
ing")return m.errors=[{instancePath:n+"/description",keyword:"type",params:{type:"string"}}],!1;var s=i===e}else var s=!0;
if(s){if(r.comment!==void 0){const i=e;if(typeof r.comment!="string")return m.errors=[{instancePath:n+"/comment",keyword:"\
type",params:{type:"string"}}],!1;var s=i===e}else var s=!0;if(s){if(r.why!==void 0){const i=e;if(typeof r.why!="string")
return m.errors=[{instancePath:n+"/why",keyword:"type",params:{type:"string"}}],!1;var s=i===e}else var s=!0;if(s){if(r.
source!==void 0){const i=e;if(typeof r.source!="string")return m.errors=[{instancePath:n+"/source",keyword:"type",params:{
type:"string"}}],!1;var s=i===e}else var s=!0;if(s){if(r.names!==void 0){const i=e;_(r.names,{instancePath:n+"/names",parentData:r,
parentDataProperty:"names",rootData:l})||(t=t===null?_.errors:t.concat(_.errors),e=t.length);var s=i===e}else var s=!0;if(s){
if(r.action!==void 0){const i=e;h(r.action,{instancePath:n+"/action",parentData:r,parentDataProperty:"action",rootData:l})||
(t=t===null?h.errors:t.concat(h.errors),e=t.length);var s=i===e}else var s=!0;if(s){if(r.errno!==void 0){const i=e;g(r.errno,
{instancePath:n+"/errno",parentData:r,parentDataProperty:"errno",rootData:l})||(t=t===null?g.errors:t.concat(g.errors),e=
t.length);var s=i===e}else var s=!0;if(s){if(r.errnoRet!==void 0){const i=e;R(r.errnoRet,{instancePath:n+"/errnoRet",parentData:r,
parentDataProperty:"errnoRet",rootData:l})||(t=t===null?R.errors:t.concat(R.errors),e=t.length);var s=i===e}else var s=!0;
if(s){if(r.args!==void 0){let i=r.args;const o=e;if(e===o)if(Array.isArray(i)){var c=!0;const A=i.length;for(let p=0;p<A;p++){
const f=e;M(i[p],{instancePath:n+"/args/"+p,parentData:i,parentDataProperty:p,rootData:l})||(t=t===null?M.errors:t.concat(
M.errors),e=t.length);var c=f===e;if(!c)break}}else return m.errors=[{instancePath:n+"/args",keyword:"type",params:{type:"\
array"}}],!1;var s=o===e}else var s=!0;if(s){if(r.includes!==void 0){const i=e;d(r.includes,{instancePath:n+"/includes",
parentData:r,parentDataProperty:"includes",rootData:l})||(t=t===null?d.errors:t.concat(d.errors),e=t.length);var s=i===e}else
var s=!0;if(s)if(r.excludes!==void 0){const i=e;d(r.excludes,{instancePath:n+"/excludes",parentData:r,parentDataProperty:"\
excludes",rootData:l})||(t=t===null?d.errors:t.concat(d.errors),e=t.length);var s=i===e}else var s=!0}}}}}}}}}}}}else return m.
errors=[{instancePath:n,keyword:"type",params:{type:"object"}}],!1;return m.errors=t,e===0}function y(r,{instancePath:n="",
parentData:v,parentDataProperty:C,rootData:l=r}={}){let t=null,e=0;if(e===0)if(r&&typeof r=="object"&&!Array.isArray(r)){
const i=e;for(const o in r)if(!T.call(j.properties,o)){return y.errors=[{instancePath:n,keyword:"additionalProperties",params:{
additionalProperty:o}}],!1;break}if(i===e){if(r.$schema!==void 0){const o=e;if(typeof r.$schema!="string")return y.errors=
[{instancePath:n+"/$schema",keyword:"type",params:{type:"string"}}],!1;var s=o===e}else var s=!0;if(s){if(r.name!==void 0){
const o=e;if(typeof r.name!="string")return y.errors=[{instancePath:n+"/name",keyword:"type",params:{type:"string"}}],!1;
var s=o===e}else var s=!0;if(s){if(r.description!==void 0){const o=e;if(typeof r.description!="string")return y.errors=[
{instancePath:n+"/description",keyword:"type",params:{type:"string"}}],!1;var s=o===e}else var s=!0;if(s){if(r.comment!==
void 0){const o=e;if(typeof r.comment!="string")return y.errors=[{instancePath:n+"/comment",keyword:"type",params:{type:"\
string"}}],!1;var s=o===e}else var s=!0;if(s){if(r.source!==void 0){const o=e;if(typeof r.source!="string")return y.errors=
[{instancePath:n+"/source",keyword:"type",params:{type:"string"}}],!1;var s=o===e}else var s=!0;if(s){if(r.extends!==void 0){
const o=e;if(typeof r.extends!="string")return y.errors=[{instancePath:n+"/extends",keyword:"type",params:{type:"string"}}],
!1;var s=o===e}else var s=!0;if(s){if(r.defaultAction!==void 0){const o=e;h(r.defaultAction,{instancePath:n+"/defaultAct\
ion",parentData:r,parentDataProperty:"defaultAction",rootData:l})||(t=t===null?h.errors:t.concat(h.errors),e=t.length);var s=o===
e}else var s=!0;if(s){if(r.defaultErrno!==void 0){const o=e;g(r.defaultErrno,{instancePath:n+"/defaultErrno",parentData:r,
parentDataProperty:"defaultErrno",rootData:l})||(t=t===null?g.errors:t.concat(g.errors),e=t.length);var s=o===e}else var s=!0;
if(s){if(r.defaultErrnoRet!==void 0){const o=e;R(r.defaultErrnoRet,{instancePath:n+"/defaultErrnoRet",parentData:r,parentDataProperty:"\
defaultErrnoRet",rootData:l})||(t=t===null?R.errors:t.concat(R.errors),e=t.length);var s=o===e}else var s=!0;if(s){if(r.
architectures!==void 0){let o=r.architectures;const S=e;if(e===S)if(Array.isArray(o)){var c=!0;const p=o.length;for(let f=0;f<
p;f++){const k=e;P(o[f],{instancePath:n+"/architectures/"+f,parentData:o,parentDataProperty:f,rootData:l})||(t=t===null?
P.errors:t.concat(P.errors),e=t.length);var c=k===e;if(!c)break}}else return y.errors=[{instancePath:n+"/architectures",
keyword:"type",params:{type:"array"}}],!1;var s=S===e}else var s=!0;if(s){if(r.archMap!==void 0){let o=r.archMap;const S=e;
if(e===S)if(Array.isArray(o)){var u=!0;const p=o.length;for(let f=0;f<p;f++){const k=e;w(o[f],{instancePath:n+"/archMap/"+
f,parentData:o,parentDataProperty:f,rootData:l})||(t=t===null?w.errors:t.concat(w.errors),e=t.length);var u=k===e;if(!u)
break}}else return y.errors=[{instancePath:n+"/archMap",keyword:"type",params:{type:"array"}}],!1;var s=S===e}else var s=!0;
if(s){if(r.flags!==void 0){const o=e;_(r.flags,{instancePath:n+"/flags",parentData:r,parentDataProperty:"flags",rootData:l})||
(t=t===null?_.errors:t.concat(_.errors),e=t.length);var s=o===e}else var s=!0;if(s){if(r.listenerPath!==void 0){const o=e;
if(typeof r.listenerPath!="string")return y.errors=[{instancePath:n+"/listenerPath",keyword:"type",params:{type:"string"}}],
!1;var s=o===e}else var s=!0;if(s){if(r.listenerMetadata!==void 0){const o=e;if(typeof r.listenerMetadata!="string")return y.
errors=[{instancePath:n+"/listenerMetadata",keyword:"type",params:{type:"string"}}],!1;var s=o===e}else var s=!0;if(s)if(r.
syscalls!==void 0){let o=r.syscalls;const S=e;if(e===S)if(Array.isArray(o)){var a=!0;const p=o.length;for(let f=0;f<p;f++){
const k=e;m(o[f],{instancePath:n+"/syscalls/"+f,parentData:o,parentDataProperty:f,rootData:l})||(t=t===null?m.errors:t.concat(
m.errors),e=t.length);var a=k===e;if(!a)break}}else return y.errors=[{instancePath:n+"/syscalls",keyword:"type",params:{
type:"array"}}],!1;var s=S===e}else var s=!0}}}}}}}}}}}}}}}else return y.errors=[{instancePath:n,keyword:"type",params:{
type:"object"}}],!1;return y.errors=t,e===0}const I={},x={},L={},H={},q={fields:{architecture:H,subArchitectures:{each:H}}},
b={each:{}},$={wide:!0},V={fields:{index:{},value:$,valueTwo:$,op:{}}},Q={},N={fields:{caps:b,arches:{each:Q},minKernel:{}}},
F={fields:{description:{},comment:{},why:{},source:{},names:b,action:I,errno:x,errnoRet:L,args:{each:V},includes:N,excludes:N}},
W={fields:{$schema:{},name:{},description:{},comment:{},source:{},extends:{},defaultAction:I,defaultErrno:x,defaultErrnoRet:L,
architectures:{each:H},archMap:{each:q},flags:b,listenerPath:{},listenerMetadata:{},syscalls:{each:F}}};export{W as shapeSeccompPolicy};
