// Generated from src/oci/schema/config.json by scripts/generate-validator.mjs; not to be edited. The checks as ajv
// compiles them, and the shapes: `fields` by name, `each` member of a list, `values` of a map; `wide`: a 64-bit
// integer; `blank`: a string that counts as absent when it is empty.
// @ts-nocheck
/* eslint-disable */
export const validateSpec=oe;const Me={type:"object",required:["ociVersion","root","process"],properties:{ociVersion:{type:"\
string"},root:{$ref:"#/definitions/root"},process:{$ref:"#/definitions/process"},hostname:{type:"string",default:""},domainname:{
type:"string",default:""},mounts:{type:"array",items:{$ref:"#/definitions/mount"}},hooks:{$ref:"#/definitions/hooks"},annotations:{
$ref:"#/definitions/stringMap"},linux:{$ref:"#/definitions/linux"},windows:{$ref:"#/definitions/otherPlatform"},solaris:{
$ref:"#/definitions/otherPlatform"},freebsd:{$ref:"#/definitions/otherPlatform"},vm:{$ref:"#/definitions/otherPlatform"},
zos:{$ref:"#/definitions/otherPlatform"}}},Ce={type:"object",required:["path"],properties:{path:{type:"string"},readonly:{
type:"boolean"}}};function ae(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===
0)if(t&&typeof t=="object"&&!Array.isArray(t)){let h;if(t.path===void 0&&(h="path"))return ae.errors=[{instancePath:i,keyword:"\
required",params:{missingProperty:h}}],!1;if(t.path!==void 0){const l=e;if(typeof t.path!="string")return ae.errors=[{instancePath:i+
"/path",keyword:"type",params:{type:"string"}}],!1;var o=l===e}else var o=!0;if(o)if(t.readonly!==void 0){const l=e;if(typeof t.
readonly!="boolean")return ae.errors=[{instancePath:i+"/readonly",keyword:"type",params:{type:"boolean"}}],!1;var o=l===
e}else var o=!0}else return ae.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1;return ae.errors=r,e===
0}const ne={type:"object",required:["args","cwd"],properties:{terminal:{type:"boolean"},consoleSize:{type:"object",required:[
"height","width"],properties:{height:{$ref:"#/definitions/uint64"},width:{$ref:"#/definitions/uint64"}}},user:{type:"obj\
ect",properties:{uid:{$ref:"#/definitions/id"},gid:{$ref:"#/definitions/id"},umask:{wholeNumber:{minimum:"0",maximum:"51\
1"}},additionalGids:{type:"array",items:{$ref:"#/definitions/id"}},username:{type:"string",default:""}}},args:{$ref:"#/d\
efinitions/strings"},env:{$ref:"#/definitions/strings"},cwd:{type:"string"},capabilities:{type:"object",properties:{bounding:{
$ref:"#/definitions/strings"},effective:{$ref:"#/definitions/strings"},inheritable:{$ref:"#/definitions/strings"},permitted:{
$ref:"#/definitions/strings"},ambient:{$ref:"#/definitions/strings"}}},rlimits:{type:"array",items:{type:"object",required:[
"type","soft","hard"],properties:{type:{enum:["RLIMIT_AS","RLIMIT_CORE","RLIMIT_CPU","RLIMIT_DATA","RLIMIT_FSIZE","RLIMI\
T_LOCKS","RLIMIT_MEMLOCK","RLIMIT_MSGQUEUE","RLIMIT_NICE","RLIMIT_NOFILE","RLIMIT_NPROC","RLIMIT_RSS","RLIMIT_RTPRIO","R\
LIMIT_RTTIME","RLIMIT_SIGPENDING","RLIMIT_STACK"]},soft:{$ref:"#/definitions/uint64"},hard:{$ref:"#/definitions/uint64"}}}},
noNewPrivileges:{type:"boolean"},apparmorProfile:{type:"string",default:""},oomScoreAdj:{wholeNumber:{minimum:"-1000",maximum:"\
1000"}},scheduler:{type:"object",required:["policy"],properties:{policy:{enum:["SCHED_OTHER","SCHED_FIFO","SCHED_RR","SC\
HED_BATCH","SCHED_ISO","SCHED_IDLE","SCHED_DEADLINE"]},nice:{wholeNumber:{minimum:"-20",maximum:"19"}},priority:{wholeNumber:{
minimum:"0",maximum:"99"}},flags:{type:"array",items:{enum:["SCHED_FLAG_RESET_ON_FORK","SCHED_FLAG_RECLAIM","SCHED_FLAG_\
DL_OVERRUN","SCHED_FLAG_KEEP_POLICY","SCHED_FLAG_KEEP_PARAMS","SCHED_FLAG_UTIL_CLAMP_MIN","SCHED_FLAG_UTIL_CLAMP_MAX"]}},
runtime:{$ref:"#/definitions/uint64"},deadline:{$ref:"#/definitions/uint64"},period:{$ref:"#/definitions/uint64"}}},selinuxLabel:{
type:"string",default:""},ioPriority:{type:"object",required:["class"],properties:{class:{enum:["IOPRIO_CLASS_RT","IOPRI\
O_CLASS_BE","IOPRIO_CLASS_IDLE"]},priority:{wholeNumber:{minimum:"0",maximum:"7"}}}},execCPUAffinity:{type:"object",properties:{
initial:{type:"string"},final:{type:"string"}}}}},$e={wholeNumber:{minimum:"0",maximum:"18446744073709551615"}};function _(t,{
instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;return(typeof t=="bigint"||Number.isSafeInteger(
t))&&t>=BigInt("0")&&t<=BigInt("18446744073709551615")?(_.errors=r,e===0):(_.errors=[{instancePath:i,keyword:"wholeNumbe\
r",params:{minimum:"0",maximum:"18446744073709551615"}}],!1)}const Te={wholeNumber:{minimum:"0",maximum:"4294967294"}};function B(t,{
instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;return(typeof t=="bigint"||Number.isSafeInteger(
t))&&t>=BigInt("0")&&t<=BigInt("4294967294")?(B.errors=r,e===0):(B.errors=[{instancePath:i,keyword:"wholeNumber",params:{
minimum:"0",maximum:"4294967294"}}],!1)}const Ne={type:"array",items:{type:"string"}};function w(t,{instancePath:i="",parentData:U,
parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===0)if(Array.isArray(t)){var o=!0;const h=t.length;for(let l=0;l<
h;l++){const y=e;if(typeof t[l]!="string")return w.errors=[{instancePath:i+"/"+l,keyword:"type",params:{type:"string"}}],
!1;var o=y===e;if(!o)break}}else return w.errors=[{instancePath:i,keyword:"type",params:{type:"array"}}],!1;return w.errors=
r,e===0}function O(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&
typeof t=="object"&&!Array.isArray(t)){let Q;if(t.args===void 0&&(Q="args")||t.cwd===void 0&&(Q="cwd"))return O.errors=[
{instancePath:i,keyword:"required",params:{missingProperty:Q}}],!1;if(t.terminal!==void 0){const n=e;if(typeof t.terminal!=
"boolean")return O.errors=[{instancePath:i+"/terminal",keyword:"type",params:{type:"boolean"}}],!1;var o=n===e}else var o=!0;
if(o){if(t.consoleSize!==void 0){let n=t.consoleSize;const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){let s;
if(n.height===void 0&&(s="height")||n.width===void 0&&(s="width"))return O.errors=[{instancePath:i+"/consoleSize",keyword:"\
required",params:{missingProperty:s}}],!1;if(n.height!==void 0){const a=e;_(n.height,{instancePath:i+"/consoleSize/heigh\
t",parentData:n,parentDataProperty:"height",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var h=a===
e}else var h=!0;if(h)if(n.width!==void 0){const a=e;_(n.width,{instancePath:i+"/consoleSize/width",parentData:n,parentDataProperty:"\
width",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var h=a===e}else var h=!0}else return O.errors=
[{instancePath:i+"/consoleSize",keyword:"type",params:{type:"object"}}],!1;var o=P===e}else var o=!0;if(o){if(t.user!==void 0){
let n=t.user;const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){if(n.uid!==void 0){const s=e;B(n.uid,{instancePath:i+
"/user/uid",parentData:n,parentDataProperty:"uid",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),e=r.length);var l=s===
e}else var l=!0;if(l){if(n.gid!==void 0){const s=e;B(n.gid,{instancePath:i+"/user/gid",parentData:n,parentDataProperty:"\
gid",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),e=r.length);var l=s===e}else var l=!0;if(l){if(n.umask!==void 0){
let s=n.umask;const a=e;if(!((typeof s=="bigint"||Number.isSafeInteger(s))&&s>=BigInt("0")&&s<=BigInt("511")))return O.errors=
[{instancePath:i+"/user/umask",keyword:"wholeNumber",params:{minimum:"0",maximum:"511"}}],!1;var l=a===e}else var l=!0;if(l){
if(n.additionalGids!==void 0){let s=n.additionalGids;const a=e;if(e===a)if(Array.isArray(s)){var y=!0;const p=s.length;for(let d=0;d<
p;d++){const u=e;B(s[d],{instancePath:i+"/user/additionalGids/"+d,parentData:s,parentDataProperty:d,rootData:f})||(r=r===
null?B.errors:r.concat(B.errors),e=r.length);var y=u===e;if(!y)break}}else return O.errors=[{instancePath:i+"/user/addit\
ionalGids",keyword:"type",params:{type:"array"}}],!1;var l=a===e}else var l=!0;if(l)if(n.username!==void 0){const s=e;if(typeof n.
username!="string")return O.errors=[{instancePath:i+"/user/username",keyword:"type",params:{type:"string"}}],!1;var l=s===
e}else var l=!0}}}}else return O.errors=[{instancePath:i+"/user",keyword:"type",params:{type:"object"}}],!1;var o=P===e}else
var o=!0;if(o){if(t.args!==void 0){const n=e;w(t.args,{instancePath:i+"/args",parentData:t,parentDataProperty:"args",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var o=n===e}else var o=!0;if(o){if(t.env!==void 0){const n=e;w(t.env,
{instancePath:i+"/env",parentData:t,parentDataProperty:"env",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);
var o=n===e}else var o=!0;if(o){if(t.cwd!==void 0){const n=e;if(typeof t.cwd!="string")return O.errors=[{instancePath:i+
"/cwd",keyword:"type",params:{type:"string"}}],!1;var o=n===e}else var o=!0;if(o){if(t.capabilities!==void 0){let n=t.capabilities;
const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){if(n.bounding!==void 0){const s=e;w(n.bounding,{instancePath:i+
"/capabilities/bounding",parentData:n,parentDataProperty:"bounding",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),
e=r.length);var v=s===e}else var v=!0;if(v){if(n.effective!==void 0){const s=e;w(n.effective,{instancePath:i+"/capabilit\
ies/effective",parentData:n,parentDataProperty:"effective",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);
var v=s===e}else var v=!0;if(v){if(n.inheritable!==void 0){const s=e;w(n.inheritable,{instancePath:i+"/capabilities/inhe\
ritable",parentData:n,parentDataProperty:"inheritable",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);
var v=s===e}else var v=!0;if(v){if(n.permitted!==void 0){const s=e;w(n.permitted,{instancePath:i+"/capabilities/permitte\
d",parentData:n,parentDataProperty:"permitted",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var v=s===
e}else var v=!0;if(v)if(n.ambient!==void 0){const s=e;w(n.ambient,{instancePath:i+"/capabilities/ambient",parentData:n,parentDataProperty:"\
ambient",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var v=s===e}else var v=!0}}}}else return O.errors=
[{instancePath:i+"/capabilities",keyword:"type",params:{type:"object"}}],!1;var o=P===e}else var o=!0;if(o){if(t.rlimits!==
void 0){let n=t.rlimits;const P=e;if(e===P)if(Array.isArray(n)){var I=!0;const s=n.length;for(let a=0;a<s;a++){let b=n[a];
const p=e;if(e===p)if(b&&typeof b=="object"&&!Array.isArray(b)){let u;if(b.type===void 0&&(u="type")||b.soft===void 0&&(u=
"soft")||b.hard===void 0&&(u="hard"))return O.errors=[{instancePath:i+"/rlimits/"+a,keyword:"required",params:{missingProperty:u}}],
!1;if(b.type!==void 0){let c=b.type;const k=e;if(!(c==="RLIMIT_AS"||c==="RLIMIT_CORE"||c==="RLIMIT_CPU"||c==="RLIMIT_DAT\
A"||c==="RLIMIT_FSIZE"||c==="RLIMIT_LOCKS"||c==="RLIMIT_MEMLOCK"||c==="RLIMIT_MSGQUEUE"||c==="RLIMIT_NICE"||c==="RLIMIT_\
NOFILE"||c==="RLIMIT_NPROC"||c==="RLIMIT_RSS"||c==="RLIMIT_RTPRIO"||c==="RLIMIT_RTTIME"||c==="RLIMIT_SIGPENDING"||c==="R\
LIMIT_STACK"))return O.errors=[{instancePath:i+"/rlimits/"+a+"/type",keyword:"enum",params:{allowedValues:ne.properties.
rlimits.items.properties.type.enum}}],!1;var L=k===e}else var L=!0;if(L){if(b.soft!==void 0){const c=e;_(b.soft,{instancePath:i+
"/rlimits/"+a+"/soft",parentData:b,parentDataProperty:"soft",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);
var L=c===e}else var L=!0;if(L)if(b.hard!==void 0){const c=e;_(b.hard,{instancePath:i+"/rlimits/"+a+"/hard",parentData:b,
parentDataProperty:"hard",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var L=c===e}else var L=!0}}else
return O.errors=[{instancePath:i+"/rlimits/"+a,keyword:"type",params:{type:"object"}}],!1;var I=p===e;if(!I)break}}else return O.
errors=[{instancePath:i+"/rlimits",keyword:"type",params:{type:"array"}}],!1;var o=P===e}else var o=!0;if(o){if(t.noNewPrivileges!==
void 0){const n=e;if(typeof t.noNewPrivileges!="boolean")return O.errors=[{instancePath:i+"/noNewPrivileges",keyword:"ty\
pe",params:{type:"boolean"}}],!1;var o=n===e}else var o=!0;if(o){if(t.apparmorProfile!==void 0){const n=e;if(typeof t.apparmorProfile!=
"string")return O.errors=[{instancePath:i+"/apparmorProfile",keyword:"type",params:{type:"string"}}],!1;var o=n===e}else
var o=!0;if(o){if(t.oomScoreAdj!==void 0){let n=t.oomScoreAdj;const P=e;if(!((typeof n=="bigint"||Number.isSafeInteger(n))&&
n>=BigInt("-1000")&&n<=BigInt("1000")))return O.errors=[{instancePath:i+"/oomScoreAdj",keyword:"wholeNumber",params:{minimum:"\
-1000",maximum:"1000"}}],!1;var o=P===e}else var o=!0;if(o){if(t.scheduler!==void 0){let n=t.scheduler;const P=e;if(e===
P)if(n&&typeof n=="object"&&!Array.isArray(n)){let s;if(n.policy===void 0&&(s="policy"))return O.errors=[{instancePath:i+
"/scheduler",keyword:"required",params:{missingProperty:s}}],!1;if(n.policy!==void 0){let a=n.policy;const b=e;if(!(a===
"SCHED_OTHER"||a==="SCHED_FIFO"||a==="SCHED_RR"||a==="SCHED_BATCH"||a==="SCHED_ISO"||a==="SCHED_IDLE"||a==="SCHED_DEADLI\
NE"))return O.errors=[{instancePath:i+"/scheduler/policy",keyword:"enum",params:{allowedValues:ne.properties.scheduler.properties.
policy.enum}}],!1;var D=b===e}else var D=!0;if(D){if(n.nice!==void 0){let a=n.nice;const b=e;if(!((typeof a=="bigint"||Number.
isSafeInteger(a))&&a>=BigInt("-20")&&a<=BigInt("19")))return O.errors=[{instancePath:i+"/scheduler/nice",keyword:"wholeN\
umber",params:{minimum:"-20",maximum:"19"}}],!1;var D=b===e}else var D=!0;if(D){if(n.priority!==void 0){let a=n.priority;
const b=e;if(!((typeof a=="bigint"||Number.isSafeInteger(a))&&a>=BigInt("0")&&a<=BigInt("99")))return O.errors=[{instancePath:i+
"/scheduler/priority",keyword:"wholeNumber",params:{minimum:"0",maximum:"99"}}],!1;var D=b===e}else var D=!0;if(D){if(n.
flags!==void 0){let a=n.flags;const b=e;if(e===b)if(Array.isArray(a)){var j=!0;const d=a.length;for(let u=0;u<d;u++){let c=a[u];
const k=e;if(!(c==="SCHED_FLAG_RESET_ON_FORK"||c==="SCHED_FLAG_RECLAIM"||c==="SCHED_FLAG_DL_OVERRUN"||c==="SCHED_FLAG_KE\
EP_POLICY"||c==="SCHED_FLAG_KEEP_PARAMS"||c==="SCHED_FLAG_UTIL_CLAMP_MIN"||c==="SCHED_FLAG_UTIL_CLAMP_MAX"))return O.errors=
[{instancePath:i+"/scheduler/flags/"+u,keyword:"enum",params:{allowedValues:ne.properties.scheduler.properties.flags.items.
enum}}],!1;var j=k===e;if(!j)break}}else return O.errors=[{instancePath:i+"/scheduler/flags",keyword:"type",params:{type:"\
array"}}],!1;var D=b===e}else var D=!0;if(D){if(n.runtime!==void 0){const a=e;_(n.runtime,{instancePath:i+"/scheduler/ru\
ntime",parentData:n,parentDataProperty:"runtime",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var D=a===
e}else var D=!0;if(D){if(n.deadline!==void 0){const a=e;_(n.deadline,{instancePath:i+"/scheduler/deadline",parentData:n,
parentDataProperty:"deadline",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var D=a===e}else var D=!0;
if(D)if(n.period!==void 0){const a=e;_(n.period,{instancePath:i+"/scheduler/period",parentData:n,parentDataProperty:"per\
iod",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var D=a===e}else var D=!0}}}}}}else return O.errors=
[{instancePath:i+"/scheduler",keyword:"type",params:{type:"object"}}],!1;var o=P===e}else var o=!0;if(o){if(t.selinuxLabel!==
void 0){const n=e;if(typeof t.selinuxLabel!="string")return O.errors=[{instancePath:i+"/selinuxLabel",keyword:"type",params:{
type:"string"}}],!1;var o=n===e}else var o=!0;if(o){if(t.ioPriority!==void 0){let n=t.ioPriority;const P=e;if(e===P)if(n&&
typeof n=="object"&&!Array.isArray(n)){let s;if(n.class===void 0&&(s="class"))return O.errors=[{instancePath:i+"/ioPrior\
ity",keyword:"required",params:{missingProperty:s}}],!1;if(n.class!==void 0){let a=n.class;const b=e;if(!(a==="IOPRIO_CL\
ASS_RT"||a==="IOPRIO_CLASS_BE"||a==="IOPRIO_CLASS_IDLE"))return O.errors=[{instancePath:i+"/ioPriority/class",keyword:"e\
num",params:{allowedValues:ne.properties.ioPriority.properties.class.enum}}],!1;var H=b===e}else var H=!0;if(H)if(n.priority!==
void 0){let a=n.priority;const b=e;if(!((typeof a=="bigint"||Number.isSafeInteger(a))&&a>=BigInt("0")&&a<=BigInt("7")))return O.
errors=[{instancePath:i+"/ioPriority/priority",keyword:"wholeNumber",params:{minimum:"0",maximum:"7"}}],!1;var H=b===e}else
var H=!0}else return O.errors=[{instancePath:i+"/ioPriority",keyword:"type",params:{type:"object"}}],!1;var o=P===e}else
var o=!0;if(o)if(t.execCPUAffinity!==void 0){let n=t.execCPUAffinity;const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.
isArray(n)){if(n.initial!==void 0){const s=e;if(typeof n.initial!="string")return O.errors=[{instancePath:i+"/execCPUAff\
inity/initial",keyword:"type",params:{type:"string"}}],!1;var T=s===e}else var T=!0;if(T)if(n.final!==void 0){const s=e;
if(typeof n.final!="string")return O.errors=[{instancePath:i+"/execCPUAffinity/final",keyword:"type",params:{type:"strin\
g"}}],!1;var T=s===e}else var T=!0}else return O.errors=[{instancePath:i+"/execCPUAffinity",keyword:"type",params:{type:"\
object"}}],!1;var o=P===e}else var o=!0}}}}}}}}}}}}}}else return O.errors=[{instancePath:i,keyword:"type",params:{type:"\
object"}}],!1;return O.errors=r,e===0}const Be={type:"object",required:["destination"],properties:{destination:{type:"st\
ring"},type:{type:"string",default:""},source:{type:"string",default:""},options:{$ref:"#/definitions/strings"},uidMappings:{
$ref:"#/definitions/idMappings"},gidMappings:{$ref:"#/definitions/idMappings"}}},xe={type:"array",items:{$ref:"#/definit\
ions/idMapping"}},He={type:"object",required:["containerID","hostID","size"],properties:{containerID:{$ref:"#/definition\
s/uint32"},hostID:{$ref:"#/definitions/uint32"},size:{$ref:"#/definitions/uint32"}}},qe={wholeNumber:{minimum:"0",maximum:"\
4294967295"}};function R(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;return(typeof t==
"bigint"||Number.isSafeInteger(t))&&t>=BigInt("0")&&t<=BigInt("4294967295")?(R.errors=r,e===0):(R.errors=[{instancePath:i,
keyword:"wholeNumber",params:{minimum:"0",maximum:"4294967295"}}],!1)}function fe(t,{instancePath:i="",parentData:U,parentDataProperty:G,
rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){let h;if(t.containerID===void 0&&
(h="containerID")||t.hostID===void 0&&(h="hostID")||t.size===void 0&&(h="size"))return fe.errors=[{instancePath:i,keyword:"\
required",params:{missingProperty:h}}],!1;if(t.containerID!==void 0){const l=e;R(t.containerID,{instancePath:i+"/contain\
erID",parentData:t,parentDataProperty:"containerID",rootData:f})||(r=r===null?R.errors:r.concat(R.errors),e=r.length);var o=l===
e}else var o=!0;if(o){if(t.hostID!==void 0){const l=e;R(t.hostID,{instancePath:i+"/hostID",parentData:t,parentDataProperty:"\
hostID",rootData:f})||(r=r===null?R.errors:r.concat(R.errors),e=r.length);var o=l===e}else var o=!0;if(o)if(t.size!==void 0){
const l=e;R(t.size,{instancePath:i+"/size",parentData:t,parentDataProperty:"size",rootData:f})||(r=r===null?R.errors:r.concat(
R.errors),e=r.length);var o=l===e}else var o=!0}}else return fe.errors=[{instancePath:i,keyword:"type",params:{type:"obj\
ect"}}],!1;return fe.errors=r,e===0}function J(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){
let r=null,e=0;if(e===0)if(Array.isArray(t)){var o=!0;const h=t.length;for(let l=0;l<h;l++){const y=e;fe(t[l],{instancePath:i+
"/"+l,parentData:t,parentDataProperty:l,rootData:f})||(r=r===null?fe.errors:r.concat(fe.errors),e=r.length);var o=y===e;
if(!o)break}}else return J.errors=[{instancePath:i,keyword:"type",params:{type:"array"}}],!1;return J.errors=r,e===0}function se(t,{
instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&
!Array.isArray(t)){let h;if(t.destination===void 0&&(h="destination"))return se.errors=[{instancePath:i,keyword:"require\
d",params:{missingProperty:h}}],!1;if(t.destination!==void 0){const l=e;if(typeof t.destination!="string")return se.errors=
[{instancePath:i+"/destination",keyword:"type",params:{type:"string"}}],!1;var o=l===e}else var o=!0;if(o){if(t.type!==void 0){
const l=e;if(typeof t.type!="string")return se.errors=[{instancePath:i+"/type",keyword:"type",params:{type:"string"}}],!1;
var o=l===e}else var o=!0;if(o){if(t.source!==void 0){const l=e;if(typeof t.source!="string")return se.errors=[{instancePath:i+
"/source",keyword:"type",params:{type:"string"}}],!1;var o=l===e}else var o=!0;if(o){if(t.options!==void 0){const l=e;w(
t.options,{instancePath:i+"/options",parentData:t,parentDataProperty:"options",rootData:f})||(r=r===null?w.errors:r.concat(
w.errors),e=r.length);var o=l===e}else var o=!0;if(o){if(t.uidMappings!==void 0){const l=e;J(t.uidMappings,{instancePath:i+
"/uidMappings",parentData:t,parentDataProperty:"uidMappings",rootData:f})||(r=r===null?J.errors:r.concat(J.errors),e=r.length);
var o=l===e}else var o=!0;if(o)if(t.gidMappings!==void 0){const l=e;J(t.gidMappings,{instancePath:i+"/gidMappings",parentData:t,
parentDataProperty:"gidMappings",rootData:f})||(r=r===null?J.errors:r.concat(J.errors),e=r.length);var o=l===e}else var o=!0}}}}}else
return se.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1;return se.errors=r,e===0}const ze={type:"ob\
ject",properties:{prestart:{$ref:"#/definitions/hookList"},createRuntime:{$ref:"#/definitions/hookList"},createContainer:{
$ref:"#/definitions/hookList"},startContainer:{$ref:"#/definitions/hookList"},poststart:{$ref:"#/definitions/hookList"},
poststop:{$ref:"#/definitions/hookList"}}},Ue={type:"array",items:{type:"object",required:["path"],properties:{path:{type:"\
string"},args:{$ref:"#/definitions/strings"},env:{$ref:"#/definitions/strings"},timeout:{wholeNumber:{minimum:"1",maximum:"\
2147483647"}}}}};function q(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===
0)if(Array.isArray(t)){var o=!0;const l=t.length;for(let y=0;y<l;y++){let v=t[y];const I=e;if(e===I)if(v&&typeof v=="obj\
ect"&&!Array.isArray(v)){let D;if(v.path===void 0&&(D="path"))return q.errors=[{instancePath:i+"/"+y,keyword:"required",
params:{missingProperty:D}}],!1;if(v.path!==void 0){const j=e;if(typeof v.path!="string")return q.errors=[{instancePath:i+
"/"+y+"/path",keyword:"type",params:{type:"string"}}],!1;var h=j===e}else var h=!0;if(h){if(v.args!==void 0){const j=e;w(
v.args,{instancePath:i+"/"+y+"/args",parentData:v,parentDataProperty:"args",rootData:f})||(r=r===null?w.errors:r.concat(
w.errors),e=r.length);var h=j===e}else var h=!0;if(h){if(v.env!==void 0){const j=e;w(v.env,{instancePath:i+"/"+y+"/env",
parentData:v,parentDataProperty:"env",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var h=j===e}else
var h=!0;if(h)if(v.timeout!==void 0){let j=v.timeout;const H=e;if(!((typeof j=="bigint"||Number.isSafeInteger(j))&&j>=BigInt(
"1")&&j<=BigInt("2147483647")))return q.errors=[{instancePath:i+"/"+y+"/timeout",keyword:"wholeNumber",params:{minimum:"\
1",maximum:"2147483647"}}],!1;var h=H===e}else var h=!0}}}else return q.errors=[{instancePath:i+"/"+y,keyword:"type",params:{
type:"object"}}],!1;var o=I===e;if(!o)break}}else return q.errors=[{instancePath:i,keyword:"type",params:{type:"array"}}],
!1;return q.errors=r,e===0}function de(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,
e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){if(t.prestart!==void 0){const h=e;q(t.prestart,{instancePath:i+
"/prestart",parentData:t,parentDataProperty:"prestart",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);
var o=h===e}else var o=!0;if(o){if(t.createRuntime!==void 0){const h=e;q(t.createRuntime,{instancePath:i+"/createRuntime",
parentData:t,parentDataProperty:"createRuntime",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var o=h===
e}else var o=!0;if(o){if(t.createContainer!==void 0){const h=e;q(t.createContainer,{instancePath:i+"/createContainer",parentData:t,
parentDataProperty:"createContainer",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var o=h===e}else var o=!0;
if(o){if(t.startContainer!==void 0){const h=e;q(t.startContainer,{instancePath:i+"/startContainer",parentData:t,parentDataProperty:"\
startContainer",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var o=h===e}else var o=!0;if(o){if(t.poststart!==
void 0){const h=e;q(t.poststart,{instancePath:i+"/poststart",parentData:t,parentDataProperty:"poststart",rootData:f})||(r=
r===null?q.errors:r.concat(q.errors),e=r.length);var o=h===e}else var o=!0;if(o)if(t.poststop!==void 0){const h=e;q(t.poststop,
{instancePath:i+"/poststop",parentData:t,parentDataProperty:"poststop",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),
e=r.length);var o=h===e}else var o=!0}}}}}else return de.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],
!1;return de.errors=r,e===0}const Ge={type:"object",additionalProperties:{type:"string"}};function Z(t,{instancePath:i="",
parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t))
for(const h in t){const l=e;if(typeof t[h]!="string")return Z.errors=[{instancePath:i+"/"+h.replace(/~/g,"~0").replace(/\//g,
"~1"),keyword:"type",params:{type:"string"}}],!1;var o=l===e;if(!o)break}else return Z.errors=[{instancePath:i,keyword:"\
type",params:{type:"object"}}],!1;return Z.errors=r,e===0}const ve={type:"object",properties:{namespaces:{type:"array",items:{
type:"object",required:["type"],properties:{type:{enum:["pid","network","mount","ipc","uts","user","cgroup","time"]},path:{
type:"string",default:""}}}},uidMappings:{$ref:"#/definitions/idMappings"},gidMappings:{$ref:"#/definitions/idMappings"},
timeOffsets:{type:"object",additionalProperties:{type:"object",properties:{secs:{$ref:"#/definitions/int64"},nanosecs:{wholeNumber:{
minimum:"0",maximum:"999999999"}}}}},devices:{type:"array",items:{type:"object",required:["path","type"],properties:{path:{
type:"string"},type:{enum:["c","b","u","p"]},major:{$ref:"#/definitions/int64"},minor:{$ref:"#/definitions/int64"},fileMode:{
$ref:"#/definitions/uint32"},uid:{$ref:"#/definitions/id"},gid:{$ref:"#/definitions/id"}}}},netDevices:{type:"object",additionalProperties:{
type:"object",properties:{name:{type:"string"}}}},cgroupsPath:{type:"string",default:""},resources:{$ref:"#/definitions/\
resources"},sysctl:{$ref:"#/definitions/stringMap"},seccomp:{type:"object",required:["defaultAction"],properties:{defaultAction:{
type:"string"},defaultErrnoRet:{$ref:"#/definitions/uint32"},architectures:{$ref:"#/definitions/strings"},flags:{$ref:"#\
/definitions/strings"},listenerPath:{type:"string"},listenerMetadata:{type:"string"},syscalls:{type:"array",items:{type:"\
object",required:["names","action"],properties:{names:{$ref:"#/definitions/strings"},action:{type:"string"},errnoRet:{$ref:"\
#/definitions/uint32"},args:{type:"array",items:{type:"object",required:["index","value","op"],properties:{index:{$ref:"\
#/definitions/uint32"},value:{$ref:"#/definitions/uint64"},valueTwo:{$ref:"#/definitions/uint64"},op:{type:"string"}}}}}}}}},
rootfsPropagation:{enum:["shared","slave","private","unbindable","rshared","rslave","rprivate","runbindable"],default:""},
maskedPaths:{$ref:"#/definitions/strings"},readonlyPaths:{$ref:"#/definitions/strings"},mountLabel:{type:"string",default:""},
intelRdt:{type:"object",properties:{closID:{type:"string"},schemata:{$ref:"#/definitions/strings"},l3CacheSchema:{type:"\
string"},memBwSchema:{type:"string"},enableMonitoring:{type:"boolean"}}},memoryPolicy:{type:"object",required:["mode"],properties:{
mode:{type:"string"},nodes:{type:"string"},flags:{$ref:"#/definitions/strings"}}},personality:{type:"object",required:["\
domain"],properties:{domain:{enum:["LINUX","LINUX32"]},flags:{$ref:"#/definitions/strings"}}}}},We={wholeNumber:{minimum:"\
-9223372036854775808",maximum:"9223372036854775807"}};function g(t,{instancePath:i="",parentData:U,parentDataProperty:G,
rootData:f=t}={}){let r=null,e=0;return(typeof t=="bigint"||Number.isSafeInteger(t))&&t>=BigInt("-9223372036854775808")&&
t<=BigInt("9223372036854775807")?(g.errors=r,e===0):(g.errors=[{instancePath:i,keyword:"wholeNumber",params:{minimum:"-9\
223372036854775808",maximum:"9223372036854775807"}}],!1)}const Pe={type:"object",properties:{devices:{type:"array",items:{
type:"object",required:["allow"],properties:{allow:{type:"boolean"},type:{enum:["a","c","b"],default:""},major:{$ref:"#/\
definitions/int64"},minor:{$ref:"#/definitions/int64"},access:{type:"string"}}}},memory:{type:"object",properties:{limit:{
$ref:"#/definitions/int64"},reservation:{$ref:"#/definitions/int64"},swap:{$ref:"#/definitions/int64"},kernel:{$ref:"#/d\
efinitions/int64"},kernelTCP:{$ref:"#/definitions/int64"},swappiness:{$ref:"#/definitions/uint64"},disableOOMKiller:{type:"\
boolean"},useHierarchy:{type:"boolean"},checkBeforeUpdate:{type:"boolean"}}},cpu:{type:"object",properties:{shares:{$ref:"\
#/definitions/uint64"},quota:{$ref:"#/definitions/int64"},burst:{$ref:"#/definitions/uint64"},period:{$ref:"#/definition\
s/uint64"},realtimeRuntime:{$ref:"#/definitions/int64"},realtimePeriod:{$ref:"#/definitions/uint64"},cpus:{type:"string"},
mems:{type:"string"},idle:{$ref:"#/definitions/int64"}}},pids:{type:"object",properties:{limit:{$ref:"#/definitions/int6\
4"}}},blockIO:{type:"object",properties:{weight:{$ref:"#/definitions/uint16"},leafWeight:{$ref:"#/definitions/uint16"},weightDevice:{
type:"array",items:{type:"object",required:["major","minor"],properties:{major:{$ref:"#/definitions/int64"},minor:{$ref:"\
#/definitions/int64"},weight:{$ref:"#/definitions/uint16"},leafWeight:{$ref:"#/definitions/uint16"}}}},throttleReadBpsDevice:{
$ref:"#/definitions/throttles"},throttleWriteBpsDevice:{$ref:"#/definitions/throttles"},throttleReadIOPSDevice:{$ref:"#/\
definitions/throttles"},throttleWriteIOPSDevice:{$ref:"#/definitions/throttles"}}},hugepageLimits:{type:"array",items:{type:"\
object",required:["pageSize","limit"],properties:{pageSize:{type:"string"},limit:{$ref:"#/definitions/uint64"}}}},network:{
type:"object",properties:{classID:{$ref:"#/definitions/uint32"},priorities:{type:"array",items:{type:"object",required:[
"name","priority"],properties:{name:{type:"string"},priority:{$ref:"#/definitions/uint32"}}}}}},rdma:{type:"object",additionalProperties:{
type:"object",properties:{hcaHandles:{$ref:"#/definitions/uint32"},hcaObjects:{$ref:"#/definitions/uint32"}}}},unified:{
$ref:"#/definitions/stringMap"}}},Fe={wholeNumber:{minimum:"0",maximum:"65535"}};function x(t,{instancePath:i="",parentData:U,
parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;return(typeof t=="bigint"||Number.isSafeInteger(t))&&t>=BigInt("0")&&
t<=BigInt("65535")?(x.errors=r,e===0):(x.errors=[{instancePath:i,keyword:"wholeNumber",params:{minimum:"0",maximum:"6553\
5"}}],!1)}const Ke={type:"array",items:{type:"object",required:["major","minor","rate"],properties:{major:{$ref:"#/defin\
itions/int64"},minor:{$ref:"#/definitions/int64"},rate:{$ref:"#/definitions/uint64"}}}};function N(t,{instancePath:i="",
parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===0)if(Array.isArray(t)){var o=!0;const l=t.length;
for(let y=0;y<l;y++){let v=t[y];const I=e;if(e===I)if(v&&typeof v=="object"&&!Array.isArray(v)){let D;if(v.major===void 0&&
(D="major")||v.minor===void 0&&(D="minor")||v.rate===void 0&&(D="rate"))return N.errors=[{instancePath:i+"/"+y,keyword:"\
required",params:{missingProperty:D}}],!1;if(v.major!==void 0){const j=e;g(v.major,{instancePath:i+"/"+y+"/major",parentData:v,
parentDataProperty:"major",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var h=j===e}else var h=!0;if(h){
if(v.minor!==void 0){const j=e;g(v.minor,{instancePath:i+"/"+y+"/minor",parentData:v,parentDataProperty:"minor",rootData:f})||
(r=r===null?g.errors:r.concat(g.errors),e=r.length);var h=j===e}else var h=!0;if(h)if(v.rate!==void 0){const j=e;_(v.rate,
{instancePath:i+"/"+y+"/rate",parentData:v,parentDataProperty:"rate",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var h=j===e}else var h=!0}}else return N.errors=[{instancePath:i+"/"+y,keyword:"type",params:{type:"object"}}],
!1;var o=I===e;if(!o)break}}else return N.errors=[{instancePath:i,keyword:"type",params:{type:"array"}}],!1;return N.errors=
r,e===0}function C(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&
typeof t=="object"&&!Array.isArray(t)){if(t.devices!==void 0){let s=t.devices;const a=e;if(e===a)if(Array.isArray(s)){var o=!0;
const b=s.length;for(let p=0;p<b;p++){let d=s[p];const u=e;if(e===u)if(d&&typeof d=="object"&&!Array.isArray(d)){let k;if(d.
allow===void 0&&(k="allow"))return C.errors=[{instancePath:i+"/devices/"+p,keyword:"required",params:{missingProperty:k}}],
!1;if(d.allow!==void 0){const m=e;if(typeof d.allow!="boolean")return C.errors=[{instancePath:i+"/devices/"+p+"/allow",keyword:"\
type",params:{type:"boolean"}}],!1;var h=m===e}else var h=!0;if(h){if(d.type!==void 0){let m=d.type;const A=e;if(!(m==="\
a"||m==="c"||m==="b"))return C.errors=[{instancePath:i+"/devices/"+p+"/type",keyword:"enum",params:{allowedValues:Pe.properties.
devices.items.properties.type.enum}}],!1;var h=A===e}else var h=!0;if(h){if(d.major!==void 0){const m=e;g(d.major,{instancePath:i+
"/devices/"+p+"/major",parentData:d,parentDataProperty:"major",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.
length);var h=m===e}else var h=!0;if(h){if(d.minor!==void 0){const m=e;g(d.minor,{instancePath:i+"/devices/"+p+"/minor",
parentData:d,parentDataProperty:"minor",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var h=m===e}else
var h=!0;if(h)if(d.access!==void 0){const m=e;if(typeof d.access!="string")return C.errors=[{instancePath:i+"/devices/"+
p+"/access",keyword:"type",params:{type:"string"}}],!1;var h=m===e}else var h=!0}}}}else return C.errors=[{instancePath:i+
"/devices/"+p,keyword:"type",params:{type:"object"}}],!1;var o=u===e;if(!o)break}}else return C.errors=[{instancePath:i+
"/devices",keyword:"type",params:{type:"array"}}],!1;var l=a===e}else var l=!0;if(l){if(t.memory!==void 0){let s=t.memory;
const a=e;if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.limit!==void 0){const p=e;g(s.limit,{instancePath:i+
"/memory/limit",parentData:s,parentDataProperty:"limit",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);
var y=p===e}else var y=!0;if(y){if(s.reservation!==void 0){const p=e;g(s.reservation,{instancePath:i+"/memory/reservatio\
n",parentData:s,parentDataProperty:"reservation",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var y=p===
e}else var y=!0;if(y){if(s.swap!==void 0){const p=e;g(s.swap,{instancePath:i+"/memory/swap",parentData:s,parentDataProperty:"\
swap",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.kernel!==void 0){
const p=e;g(s.kernel,{instancePath:i+"/memory/kernel",parentData:s,parentDataProperty:"kernel",rootData:f})||(r=r===null?
g.errors:r.concat(g.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.kernelTCP!==void 0){const p=e;g(s.kernelTCP,
{instancePath:i+"/memory/kernelTCP",parentData:s,parentDataProperty:"kernelTCP",rootData:f})||(r=r===null?g.errors:r.concat(
g.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.swappiness!==void 0){const p=e;_(s.swappiness,{instancePath:i+
"/memory/swappiness",parentData:s,parentDataProperty:"swappiness",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var y=p===e}else var y=!0;if(y){if(s.disableOOMKiller!==void 0){const p=e;if(typeof s.disableOOMKiller!="boo\
lean")return C.errors=[{instancePath:i+"/memory/disableOOMKiller",keyword:"type",params:{type:"boolean"}}],!1;var y=p===
e}else var y=!0;if(y){if(s.useHierarchy!==void 0){const p=e;if(typeof s.useHierarchy!="boolean")return C.errors=[{instancePath:i+
"/memory/useHierarchy",keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else var y=!0;if(y)if(s.checkBeforeUpdate!==
void 0){const p=e;if(typeof s.checkBeforeUpdate!="boolean")return C.errors=[{instancePath:i+"/memory/checkBeforeUpdate",
keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else var y=!0}}}}}}}}else return C.errors=[{instancePath:i+"/mem\
ory",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.cpu!==void 0){let s=t.cpu;const a=e;
if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.shares!==void 0){const p=e;_(s.shares,{instancePath:i+"/cpu/s\
hares",parentData:s,parentDataProperty:"shares",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var v=p===
e}else var v=!0;if(v){if(s.quota!==void 0){const p=e;g(s.quota,{instancePath:i+"/cpu/quota",parentData:s,parentDataProperty:"\
quota",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var v=p===e}else var v=!0;if(v){if(s.burst!==void 0){
const p=e;_(s.burst,{instancePath:i+"/cpu/burst",parentData:s,parentDataProperty:"burst",rootData:f})||(r=r===null?_.errors:
r.concat(_.errors),e=r.length);var v=p===e}else var v=!0;if(v){if(s.period!==void 0){const p=e;_(s.period,{instancePath:i+
"/cpu/period",parentData:s,parentDataProperty:"period",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);
var v=p===e}else var v=!0;if(v){if(s.realtimeRuntime!==void 0){const p=e;g(s.realtimeRuntime,{instancePath:i+"/cpu/realt\
imeRuntime",parentData:s,parentDataProperty:"realtimeRuntime",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.
length);var v=p===e}else var v=!0;if(v){if(s.realtimePeriod!==void 0){const p=e;_(s.realtimePeriod,{instancePath:i+"/cpu\
/realtimePeriod",parentData:s,parentDataProperty:"realtimePeriod",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var v=p===e}else var v=!0;if(v){if(s.cpus!==void 0){const p=e;if(typeof s.cpus!="string")return C.errors=[{instancePath:i+
"/cpu/cpus",keyword:"type",params:{type:"string"}}],!1;var v=p===e}else var v=!0;if(v){if(s.mems!==void 0){const p=e;if(typeof s.
mems!="string")return C.errors=[{instancePath:i+"/cpu/mems",keyword:"type",params:{type:"string"}}],!1;var v=p===e}else var v=!0;
if(v)if(s.idle!==void 0){const p=e;g(s.idle,{instancePath:i+"/cpu/idle",parentData:s,parentDataProperty:"idle",rootData:f})||
(r=r===null?g.errors:r.concat(g.errors),e=r.length);var v=p===e}else var v=!0}}}}}}}}else return C.errors=[{instancePath:i+
"/cpu",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.pids!==void 0){let s=t.pids;const a=e;
if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s))s.limit!==void 0&&(g(s.limit,{instancePath:i+"/pids/limit",parentData:s,
parentDataProperty:"limit",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length));else return C.errors=[{instancePath:i+
"/pids",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.blockIO!==void 0){let s=t.blockIO;
const a=e;if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.weight!==void 0){const p=e;x(s.weight,{instancePath:i+
"/blockIO/weight",parentData:s,parentDataProperty:"weight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);
var I=p===e}else var I=!0;if(I){if(s.leafWeight!==void 0){const p=e;x(s.leafWeight,{instancePath:i+"/blockIO/leafWeight",
parentData:s,parentDataProperty:"leafWeight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);var I=p===
e}else var I=!0;if(I){if(s.weightDevice!==void 0){let p=s.weightDevice;const d=e;if(e===d)if(Array.isArray(p)){var L=!0;
const c=p.length;for(let k=0;k<c;k++){let m=p[k];const A=e;if(e===A)if(m&&typeof m=="object"&&!Array.isArray(m)){let W;if(m.
major===void 0&&(W="major")||m.minor===void 0&&(W="minor"))return C.errors=[{instancePath:i+"/blockIO/weightDevice/"+k,keyword:"\
required",params:{missingProperty:W}}],!1;if(m.major!==void 0){const z=e;g(m.major,{instancePath:i+"/blockIO/weightDevic\
e/"+k+"/major",parentData:m,parentDataProperty:"major",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);
var D=z===e}else var D=!0;if(D){if(m.minor!==void 0){const z=e;g(m.minor,{instancePath:i+"/blockIO/weightDevice/"+k+"/mi\
nor",parentData:m,parentDataProperty:"minor",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var D=z===
e}else var D=!0;if(D){if(m.weight!==void 0){const z=e;x(m.weight,{instancePath:i+"/blockIO/weightDevice/"+k+"/weight",parentData:m,
parentDataProperty:"weight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);var D=z===e}else var D=!0;
if(D)if(m.leafWeight!==void 0){const z=e;x(m.leafWeight,{instancePath:i+"/blockIO/weightDevice/"+k+"/leafWeight",parentData:m,
parentDataProperty:"leafWeight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);var D=z===e}else var D=!0}}}else
return C.errors=[{instancePath:i+"/blockIO/weightDevice/"+k,keyword:"type",params:{type:"object"}}],!1;var L=A===e;if(!L)
break}}else return C.errors=[{instancePath:i+"/blockIO/weightDevice",keyword:"type",params:{type:"array"}}],!1;var I=d===
e}else var I=!0;if(I){if(s.throttleReadBpsDevice!==void 0){const p=e;N(s.throttleReadBpsDevice,{instancePath:i+"/blockIO\
/throttleReadBpsDevice",parentData:s,parentDataProperty:"throttleReadBpsDevice",rootData:f})||(r=r===null?N.errors:r.concat(
N.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleWriteBpsDevice!==void 0){const p=e;N(s.throttleWriteBpsDevice,
{instancePath:i+"/blockIO/throttleWriteBpsDevice",parentData:s,parentDataProperty:"throttleWriteBpsDevice",rootData:f})||
(r=r===null?N.errors:r.concat(N.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleReadIOPSDevice!==void 0){
const p=e;N(s.throttleReadIOPSDevice,{instancePath:i+"/blockIO/throttleReadIOPSDevice",parentData:s,parentDataProperty:"\
throttleReadIOPSDevice",rootData:f})||(r=r===null?N.errors:r.concat(N.errors),e=r.length);var I=p===e}else var I=!0;if(I)
if(s.throttleWriteIOPSDevice!==void 0){const p=e;N(s.throttleWriteIOPSDevice,{instancePath:i+"/blockIO/throttleWriteIOPS\
Device",parentData:s,parentDataProperty:"throttleWriteIOPSDevice",rootData:f})||(r=r===null?N.errors:r.concat(N.errors),
e=r.length);var I=p===e}else var I=!0}}}}}}else return C.errors=[{instancePath:i+"/blockIO",keyword:"type",params:{type:"\
object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.hugepageLimits!==void 0){let s=t.hugepageLimits;const a=e;if(e===a)if(Array.
isArray(s)){var j=!0;const p=s.length;for(let d=0;d<p;d++){let u=s[d];const c=e;if(e===c)if(u&&typeof u=="object"&&!Array.
isArray(u)){let m;if(u.pageSize===void 0&&(m="pageSize")||u.limit===void 0&&(m="limit"))return C.errors=[{instancePath:i+
"/hugepageLimits/"+d,keyword:"required",params:{missingProperty:m}}],!1;if(u.pageSize!==void 0){const A=e;if(typeof u.pageSize!=
"string")return C.errors=[{instancePath:i+"/hugepageLimits/"+d+"/pageSize",keyword:"type",params:{type:"string"}}],!1;var H=A===
e}else var H=!0;if(H)if(u.limit!==void 0){const A=e;_(u.limit,{instancePath:i+"/hugepageLimits/"+d+"/limit",parentData:u,
parentDataProperty:"limit",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var H=A===e}else var H=!0}else
return C.errors=[{instancePath:i+"/hugepageLimits/"+d,keyword:"type",params:{type:"object"}}],!1;var j=c===e;if(!j)break}}else
return C.errors=[{instancePath:i+"/hugepageLimits",keyword:"type",params:{type:"array"}}],!1;var l=a===e}else var l=!0;if(l){
if(t.network!==void 0){let s=t.network;const a=e;if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.classID!==void 0){
const p=e;R(s.classID,{instancePath:i+"/network/classID",parentData:s,parentDataProperty:"classID",rootData:f})||(r=r===
null?R.errors:r.concat(R.errors),e=r.length);var T=p===e}else var T=!0;if(T)if(s.priorities!==void 0){let p=s.priorities;
const d=e;if(e===d)if(Array.isArray(p)){var Q=!0;const c=p.length;for(let k=0;k<c;k++){let m=p[k];const A=e;if(e===A)if(m&&
typeof m=="object"&&!Array.isArray(m)){let W;if(m.name===void 0&&(W="name")||m.priority===void 0&&(W="priority"))return C.
errors=[{instancePath:i+"/network/priorities/"+k,keyword:"required",params:{missingProperty:W}}],!1;if(m.name!==void 0){
const z=e;if(typeof m.name!="string")return C.errors=[{instancePath:i+"/network/priorities/"+k+"/name",keyword:"type",params:{
type:"string"}}],!1;var n=z===e}else var n=!0;if(n)if(m.priority!==void 0){const z=e;R(m.priority,{instancePath:i+"/netw\
ork/priorities/"+k+"/priority",parentData:m,parentDataProperty:"priority",rootData:f})||(r=r===null?R.errors:r.concat(R.
errors),e=r.length);var n=z===e}else var n=!0}else return C.errors=[{instancePath:i+"/network/priorities/"+k,keyword:"ty\
pe",params:{type:"object"}}],!1;var Q=A===e;if(!Q)break}}else return C.errors=[{instancePath:i+"/network/priorities",keyword:"\
type",params:{type:"array"}}],!1;var T=d===e}else var T=!0}else return C.errors=[{instancePath:i+"/network",keyword:"typ\
e",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.rdma!==void 0){let s=t.rdma;const a=e;if(e===a)if(s&&
typeof s=="object"&&!Array.isArray(s))for(const p in s){let d=s[p];const u=e;if(e===u)if(d&&typeof d=="object"&&!Array.isArray(
d)){if(d.hcaHandles!==void 0){const c=e;R(d.hcaHandles,{instancePath:i+"/rdma/"+p.replace(/~/g,"~0").replace(/\//g,"~1")+
"/hcaHandles",parentData:d,parentDataProperty:"hcaHandles",rootData:f})||(r=r===null?R.errors:r.concat(R.errors),e=r.length);
var P=c===e}else var P=!0;if(P)if(d.hcaObjects!==void 0){const c=e;R(d.hcaObjects,{instancePath:i+"/rdma/"+p.replace(/~/g,
"~0").replace(/\//g,"~1")+"/hcaObjects",parentData:d,parentDataProperty:"hcaObjects",rootData:f})||(r=r===null?R.errors:
r.concat(R.errors),e=r.length);var P=c===e}else var P=!0}else return C.errors=[{instancePath:i+"/rdma/"+p.replace(/~/g,"\
~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],!1;var ee=u===e;if(!ee)break}else return C.errors=[{instancePath:i+
"/rdma",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l)if(t.unified!==void 0){const s=e;Z(t.unified,
{instancePath:i+"/unified",parentData:t,parentDataProperty:"unified",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),
e=r.length);var l=s===e}else var l=!0}}}}}}}}else return C.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],
!1;return C.errors=r,e===0}function S(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,
e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){if(t.namespaces!==void 0){let a=t.namespaces;const b=e;if(e===
b)if(Array.isArray(a)){var o=!0;const p=a.length;for(let d=0;d<p;d++){let u=a[d];const c=e;if(e===c)if(u&&typeof u=="obj\
ect"&&!Array.isArray(u)){let m;if(u.type===void 0&&(m="type"))return S.errors=[{instancePath:i+"/namespaces/"+d,keyword:"\
required",params:{missingProperty:m}}],!1;if(u.type!==void 0){let A=u.type;const M=e;if(!(A==="pid"||A==="network"||A===
"mount"||A==="ipc"||A==="uts"||A==="user"||A==="cgroup"||A==="time"))return S.errors=[{instancePath:i+"/namespaces/"+d+"\
/type",keyword:"enum",params:{allowedValues:ve.properties.namespaces.items.properties.type.enum}}],!1;var h=M===e}else var h=!0;
if(h)if(u.path!==void 0){const A=e;if(typeof u.path!="string")return S.errors=[{instancePath:i+"/namespaces/"+d+"/path",
keyword:"type",params:{type:"string"}}],!1;var h=A===e}else var h=!0}else return S.errors=[{instancePath:i+"/namespaces/"+
d,keyword:"type",params:{type:"object"}}],!1;var o=c===e;if(!o)break}}else return S.errors=[{instancePath:i+"/namespaces",
keyword:"type",params:{type:"array"}}],!1;var l=b===e}else var l=!0;if(l){if(t.uidMappings!==void 0){const a=e;J(t.uidMappings,
{instancePath:i+"/uidMappings",parentData:t,parentDataProperty:"uidMappings",rootData:f})||(r=r===null?J.errors:r.concat(
J.errors),e=r.length);var l=a===e}else var l=!0;if(l){if(t.gidMappings!==void 0){const a=e;J(t.gidMappings,{instancePath:i+
"/gidMappings",parentData:t,parentDataProperty:"gidMappings",rootData:f})||(r=r===null?J.errors:r.concat(J.errors),e=r.length);
var l=a===e}else var l=!0;if(l){if(t.timeOffsets!==void 0){let a=t.timeOffsets;const b=e;if(e===b)if(a&&typeof a=="objec\
t"&&!Array.isArray(a))for(const d in a){let u=a[d];const c=e;if(e===c)if(u&&typeof u=="object"&&!Array.isArray(u)){if(u.
secs!==void 0){const k=e;g(u.secs,{instancePath:i+"/timeOffsets/"+d.replace(/~/g,"~0").replace(/\//g,"~1")+"/secs",parentData:u,
parentDataProperty:"secs",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var y=k===e}else var y=!0;if(y)
if(u.nanosecs!==void 0){let k=u.nanosecs;const m=e;if(!((typeof k=="bigint"||Number.isSafeInteger(k))&&k>=BigInt("0")&&k<=
BigInt("999999999")))return S.errors=[{instancePath:i+"/timeOffsets/"+d.replace(/~/g,"~0").replace(/\//g,"~1")+"/nanosec\
s",keyword:"wholeNumber",params:{minimum:"0",maximum:"999999999"}}],!1;var y=m===e}else var y=!0}else return S.errors=[{
instancePath:i+"/timeOffsets/"+d.replace(/~/g,"~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],!1;var v=c===
e;if(!v)break}else return S.errors=[{instancePath:i+"/timeOffsets",keyword:"type",params:{type:"object"}}],!1;var l=b===
e}else var l=!0;if(l){if(t.devices!==void 0){let a=t.devices;const b=e;if(e===b)if(Array.isArray(a)){var I=!0;const d=a.
length;for(let u=0;u<d;u++){let c=a[u];const k=e;if(e===k)if(c&&typeof c=="object"&&!Array.isArray(c)){let A;if(c.path===
void 0&&(A="path")||c.type===void 0&&(A="type"))return S.errors=[{instancePath:i+"/devices/"+u,keyword:"required",params:{
missingProperty:A}}],!1;if(c.path!==void 0){const M=e;if(typeof c.path!="string")return S.errors=[{instancePath:i+"/devi\
ces/"+u+"/path",keyword:"type",params:{type:"string"}}],!1;var L=M===e}else var L=!0;if(L){if(c.type!==void 0){let M=c.type;
const W=e;if(!(M==="c"||M==="b"||M==="u"||M==="p"))return S.errors=[{instancePath:i+"/devices/"+u+"/type",keyword:"enum",
params:{allowedValues:ve.properties.devices.items.properties.type.enum}}],!1;var L=W===e}else var L=!0;if(L){if(c.major!==
void 0){const M=e;g(c.major,{instancePath:i+"/devices/"+u+"/major",parentData:c,parentDataProperty:"major",rootData:f})||
(r=r===null?g.errors:r.concat(g.errors),e=r.length);var L=M===e}else var L=!0;if(L){if(c.minor!==void 0){const M=e;g(c.minor,
{instancePath:i+"/devices/"+u+"/minor",parentData:c,parentDataProperty:"minor",rootData:f})||(r=r===null?g.errors:r.concat(
g.errors),e=r.length);var L=M===e}else var L=!0;if(L){if(c.fileMode!==void 0){const M=e;R(c.fileMode,{instancePath:i+"/d\
evices/"+u+"/fileMode",parentData:c,parentDataProperty:"fileMode",rootData:f})||(r=r===null?R.errors:r.concat(R.errors),
e=r.length);var L=M===e}else var L=!0;if(L){if(c.uid!==void 0){const M=e;B(c.uid,{instancePath:i+"/devices/"+u+"/uid",parentData:c,
parentDataProperty:"uid",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),e=r.length);var L=M===e}else var L=!0;if(L)
if(c.gid!==void 0){const M=e;B(c.gid,{instancePath:i+"/devices/"+u+"/gid",parentData:c,parentDataProperty:"gid",rootData:f})||
(r=r===null?B.errors:r.concat(B.errors),e=r.length);var L=M===e}else var L=!0}}}}}}else return S.errors=[{instancePath:i+
"/devices/"+u,keyword:"type",params:{type:"object"}}],!1;var I=k===e;if(!I)break}}else return S.errors=[{instancePath:i+
"/devices",keyword:"type",params:{type:"array"}}],!1;var l=b===e}else var l=!0;if(l){if(t.netDevices!==void 0){let a=t.netDevices;
const b=e;if(e===b)if(a&&typeof a=="object"&&!Array.isArray(a))for(const d in a){let u=a[d];const c=e;if(e===c)if(u&&typeof u==
"object"&&!Array.isArray(u)){if(u.name!==void 0&&typeof u.name!="string")return S.errors=[{instancePath:i+"/netDevices/"+
d.replace(/~/g,"~0").replace(/\//g,"~1")+"/name",keyword:"type",params:{type:"string"}}],!1}else return S.errors=[{instancePath:i+
"/netDevices/"+d.replace(/~/g,"~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],!1;var D=c===e;if(!D)break}else
return S.errors=[{instancePath:i+"/netDevices",keyword:"type",params:{type:"object"}}],!1;var l=b===e}else var l=!0;if(l){
if(t.cgroupsPath!==void 0){const a=e;if(typeof t.cgroupsPath!="string")return S.errors=[{instancePath:i+"/cgroupsPath",keyword:"\
type",params:{type:"string"}}],!1;var l=a===e}else var l=!0;if(l){if(t.resources!==void 0){const a=e;C(t.resources,{instancePath:i+
"/resources",parentData:t,parentDataProperty:"resources",rootData:f})||(r=r===null?C.errors:r.concat(C.errors),e=r.length);
var l=a===e}else var l=!0;if(l){if(t.sysctl!==void 0){const a=e;Z(t.sysctl,{instancePath:i+"/sysctl",parentData:t,parentDataProperty:"\
sysctl",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),e=r.length);var l=a===e}else var l=!0;if(l){if(t.seccomp!==
void 0){let a=t.seccomp;const b=e;if(e===b)if(a&&typeof a=="object"&&!Array.isArray(a)){let d;if(a.defaultAction===void 0&&
(d="defaultAction"))return S.errors=[{instancePath:i+"/seccomp",keyword:"required",params:{missingProperty:d}}],!1;if(a.
defaultAction!==void 0){const u=e;if(typeof a.defaultAction!="string")return S.errors=[{instancePath:i+"/seccomp/default\
Action",keyword:"type",params:{type:"string"}}],!1;var j=u===e}else var j=!0;if(j){if(a.defaultErrnoRet!==void 0){const u=e;
R(a.defaultErrnoRet,{instancePath:i+"/seccomp/defaultErrnoRet",parentData:a,parentDataProperty:"defaultErrnoRet",rootData:f})||
(r=r===null?R.errors:r.concat(R.errors),e=r.length);var j=u===e}else var j=!0;if(j){if(a.architectures!==void 0){const u=e;
w(a.architectures,{instancePath:i+"/seccomp/architectures",parentData:a,parentDataProperty:"architectures",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var j=u===e}else var j=!0;if(j){if(a.flags!==void 0){const u=e;w(a.flags,
{instancePath:i+"/seccomp/flags",parentData:a,parentDataProperty:"flags",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),
e=r.length);var j=u===e}else var j=!0;if(j){if(a.listenerPath!==void 0){const u=e;if(typeof a.listenerPath!="string")return S.
errors=[{instancePath:i+"/seccomp/listenerPath",keyword:"type",params:{type:"string"}}],!1;var j=u===e}else var j=!0;if(j){
if(a.listenerMetadata!==void 0){const u=e;if(typeof a.listenerMetadata!="string")return S.errors=[{instancePath:i+"/secc\
omp/listenerMetadata",keyword:"type",params:{type:"string"}}],!1;var j=u===e}else var j=!0;if(j)if(a.syscalls!==void 0){
let u=a.syscalls;const c=e;if(e===c)if(Array.isArray(u)){var H=!0;const m=u.length;for(let A=0;A<m;A++){let M=u[A];const W=e;
if(e===W)if(M&&typeof M=="object"&&!Array.isArray(M)){let _e;if(M.names===void 0&&(_e="names")||M.action===void 0&&(_e="\
action"))return S.errors=[{instancePath:i+"/seccomp/syscalls/"+A,keyword:"required",params:{missingProperty:_e}}],!1;if(M.
names!==void 0){const ie=e;w(M.names,{instancePath:i+"/seccomp/syscalls/"+A+"/names",parentData:M,parentDataProperty:"na\
mes",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var T=ie===e}else var T=!0;if(T){if(M.action!==void 0){
const ie=e;if(typeof M.action!="string")return S.errors=[{instancePath:i+"/seccomp/syscalls/"+A+"/action",keyword:"type",
params:{type:"string"}}],!1;var T=ie===e}else var T=!0;if(T){if(M.errnoRet!==void 0){const ie=e;R(M.errnoRet,{instancePath:i+
"/seccomp/syscalls/"+A+"/errnoRet",parentData:M,parentDataProperty:"errnoRet",rootData:f})||(r=r===null?R.errors:r.concat(
R.errors),e=r.length);var T=ie===e}else var T=!0;if(T)if(M.args!==void 0){let ie=M.args;const we=e;if(e===we)if(Array.isArray(
ie)){var Q=!0;const Ae=ie.length;for(let te=0;te<Ae;te++){let V=ie[te];const De=e;if(e===De)if(V&&typeof V=="object"&&!Array.
isArray(V)){let ye;if(V.index===void 0&&(ye="index")||V.value===void 0&&(ye="value")||V.op===void 0&&(ye="op"))return S.
errors=[{instancePath:i+"/seccomp/syscalls/"+A+"/args/"+te,keyword:"required",params:{missingProperty:ye}}],!1;if(V.index!==
void 0){const le=e;R(V.index,{instancePath:i+"/seccomp/syscalls/"+A+"/args/"+te+"/index",parentData:V,parentDataProperty:"\
index",rootData:f})||(r=r===null?R.errors:r.concat(R.errors),e=r.length);var n=le===e}else var n=!0;if(n){if(V.value!==void 0){
const le=e;_(V.value,{instancePath:i+"/seccomp/syscalls/"+A+"/args/"+te+"/value",parentData:V,parentDataProperty:"value",
rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var n=le===e}else var n=!0;if(n){if(V.valueTwo!==void 0){
const le=e;_(V.valueTwo,{instancePath:i+"/seccomp/syscalls/"+A+"/args/"+te+"/valueTwo",parentData:V,parentDataProperty:"\
valueTwo",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var n=le===e}else var n=!0;if(n)if(V.op!==void 0){
const le=e;if(typeof V.op!="string")return S.errors=[{instancePath:i+"/seccomp/syscalls/"+A+"/args/"+te+"/op",keyword:"t\
ype",params:{type:"string"}}],!1;var n=le===e}else var n=!0}}}else return S.errors=[{instancePath:i+"/seccomp/syscalls/"+
A+"/args/"+te,keyword:"type",params:{type:"object"}}],!1;var Q=De===e;if(!Q)break}}else return S.errors=[{instancePath:i+
"/seccomp/syscalls/"+A+"/args",keyword:"type",params:{type:"array"}}],!1;var T=we===e}else var T=!0}}}else return S.errors=
[{instancePath:i+"/seccomp/syscalls/"+A,keyword:"type",params:{type:"object"}}],!1;var H=W===e;if(!H)break}}else return S.
errors=[{instancePath:i+"/seccomp/syscalls",keyword:"type",params:{type:"array"}}],!1;var j=c===e}else var j=!0}}}}}}else
return S.errors=[{instancePath:i+"/seccomp",keyword:"type",params:{type:"object"}}],!1;var l=b===e}else var l=!0;if(l){if(t.
rootfsPropagation!==void 0){let a=t.rootfsPropagation;const b=e;if(!(a==="shared"||a==="slave"||a==="private"||a==="unbi\
ndable"||a==="rshared"||a==="rslave"||a==="rprivate"||a==="runbindable"))return S.errors=[{instancePath:i+"/rootfsPropag\
ation",keyword:"enum",params:{allowedValues:ve.properties.rootfsPropagation.enum}}],!1;var l=b===e}else var l=!0;if(l){if(t.
maskedPaths!==void 0){const a=e;w(t.maskedPaths,{instancePath:i+"/maskedPaths",parentData:t,parentDataProperty:"maskedPa\
ths",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var l=a===e}else var l=!0;if(l){if(t.readonlyPaths!==
void 0){const a=e;w(t.readonlyPaths,{instancePath:i+"/readonlyPaths",parentData:t,parentDataProperty:"readonlyPaths",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var l=a===e}else var l=!0;if(l){if(t.mountLabel!==void 0){const a=e;
if(typeof t.mountLabel!="string")return S.errors=[{instancePath:i+"/mountLabel",keyword:"type",params:{type:"string"}}],
!1;var l=a===e}else var l=!0;if(l){if(t.intelRdt!==void 0){let a=t.intelRdt;const b=e;if(e===b)if(a&&typeof a=="object"&&
!Array.isArray(a)){if(a.closID!==void 0){const d=e;if(typeof a.closID!="string")return S.errors=[{instancePath:i+"/intel\
Rdt/closID",keyword:"type",params:{type:"string"}}],!1;var P=d===e}else var P=!0;if(P){if(a.schemata!==void 0){const d=e;
w(a.schemata,{instancePath:i+"/intelRdt/schemata",parentData:a,parentDataProperty:"schemata",rootData:f})||(r=r===null?w.
errors:r.concat(w.errors),e=r.length);var P=d===e}else var P=!0;if(P){if(a.l3CacheSchema!==void 0){const d=e;if(typeof a.
l3CacheSchema!="string")return S.errors=[{instancePath:i+"/intelRdt/l3CacheSchema",keyword:"type",params:{type:"string"}}],
!1;var P=d===e}else var P=!0;if(P){if(a.memBwSchema!==void 0){const d=e;if(typeof a.memBwSchema!="string")return S.errors=
[{instancePath:i+"/intelRdt/memBwSchema",keyword:"type",params:{type:"string"}}],!1;var P=d===e}else var P=!0;if(P)if(a.
enableMonitoring!==void 0){const d=e;if(typeof a.enableMonitoring!="boolean")return S.errors=[{instancePath:i+"/intelRdt\
/enableMonitoring",keyword:"type",params:{type:"boolean"}}],!1;var P=d===e}else var P=!0}}}}else return S.errors=[{instancePath:i+
"/intelRdt",keyword:"type",params:{type:"object"}}],!1;var l=b===e}else var l=!0;if(l){if(t.memoryPolicy!==void 0){let a=t.
memoryPolicy;const b=e;if(e===b)if(a&&typeof a=="object"&&!Array.isArray(a)){let d;if(a.mode===void 0&&(d="mode"))return S.
errors=[{instancePath:i+"/memoryPolicy",keyword:"required",params:{missingProperty:d}}],!1;if(a.mode!==void 0){const u=e;
if(typeof a.mode!="string")return S.errors=[{instancePath:i+"/memoryPolicy/mode",keyword:"type",params:{type:"string"}}],
!1;var ee=u===e}else var ee=!0;if(ee){if(a.nodes!==void 0){const u=e;if(typeof a.nodes!="string")return S.errors=[{instancePath:i+
"/memoryPolicy/nodes",keyword:"type",params:{type:"string"}}],!1;var ee=u===e}else var ee=!0;if(ee)if(a.flags!==void 0){
const u=e;w(a.flags,{instancePath:i+"/memoryPolicy/flags",parentData:a,parentDataProperty:"flags",rootData:f})||(r=r===null?
w.errors:r.concat(w.errors),e=r.length);var ee=u===e}else var ee=!0}}else return S.errors=[{instancePath:i+"/memoryPolic\
y",keyword:"type",params:{type:"object"}}],!1;var l=b===e}else var l=!0;if(l)if(t.personality!==void 0){let a=t.personality;
const b=e;if(e===b)if(a&&typeof a=="object"&&!Array.isArray(a)){let d;if(a.domain===void 0&&(d="domain"))return S.errors=
[{instancePath:i+"/personality",keyword:"required",params:{missingProperty:d}}],!1;if(a.domain!==void 0){let u=a.domain;
const c=e;if(!(u==="LINUX"||u==="LINUX32"))return S.errors=[{instancePath:i+"/personality/domain",keyword:"enum",params:{
allowedValues:ve.properties.personality.properties.domain.enum}}],!1;var s=c===e}else var s=!0;if(s)if(a.flags!==void 0){
const u=e;w(a.flags,{instancePath:i+"/personality/flags",parentData:a,parentDataProperty:"flags",rootData:f})||(r=r===null?
w.errors:r.concat(w.errors),e=r.length);var s=u===e}else var s=!0}else return S.errors=[{instancePath:i+"/personality",keyword:"\
type",params:{type:"object"}}],!1;var l=b===e}else var l=!0}}}}}}}}}}}}}}}}else return S.errors=[{instancePath:i,keyword:"\
type",params:{type:"object"}}],!1;return S.errors=r,e===0}const Ve={type:"object"};function X(t,{instancePath:i="",parentData:U,
parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;return t&&typeof t=="object"&&!Array.isArray(t)?(X.errors=r,e===0):
(X.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1)}function oe(t,{instancePath:i="",parentData:U,parentDataProperty:G,
rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){let l;if(t.ociVersion===void 0&&(l=
"ociVersion")||t.root===void 0&&(l="root")||t.process===void 0&&(l="process"))return oe.errors=[{instancePath:i,keyword:"\
required",params:{missingProperty:l}}],!1;if(t.ociVersion!==void 0){const y=e;if(typeof t.ociVersion!="string")return oe.
errors=[{instancePath:i+"/ociVersion",keyword:"type",params:{type:"string"}}],!1;var o=y===e}else var o=!0;if(o){if(t.root!==
void 0){const y=e;ae(t.root,{instancePath:i+"/root",parentData:t,parentDataProperty:"root",rootData:f})||(r=r===null?ae.
errors:r.concat(ae.errors),e=r.length);var o=y===e}else var o=!0;if(o){if(t.process!==void 0){const y=e;O(t.process,{instancePath:i+
"/process",parentData:t,parentDataProperty:"process",rootData:f})||(r=r===null?O.errors:r.concat(O.errors),e=r.length);var o=y===
e}else var o=!0;if(o){if(t.hostname!==void 0){const y=e;if(typeof t.hostname!="string")return oe.errors=[{instancePath:i+
"/hostname",keyword:"type",params:{type:"string"}}],!1;var o=y===e}else var o=!0;if(o){if(t.domainname!==void 0){const y=e;
if(typeof t.domainname!="string")return oe.errors=[{instancePath:i+"/domainname",keyword:"type",params:{type:"string"}}],
!1;var o=y===e}else var o=!0;if(o){if(t.mounts!==void 0){let y=t.mounts;const v=e;if(e===v)if(Array.isArray(y)){var h=!0;
const L=y.length;for(let D=0;D<L;D++){const j=e;se(y[D],{instancePath:i+"/mounts/"+D,parentData:y,parentDataProperty:D,rootData:f})||
(r=r===null?se.errors:r.concat(se.errors),e=r.length);var h=j===e;if(!h)break}}else return oe.errors=[{instancePath:i+"/\
mounts",keyword:"type",params:{type:"array"}}],!1;var o=v===e}else var o=!0;if(o){if(t.hooks!==void 0){const y=e;de(t.hooks,
{instancePath:i+"/hooks",parentData:t,parentDataProperty:"hooks",rootData:f})||(r=r===null?de.errors:r.concat(de.errors),
e=r.length);var o=y===e}else var o=!0;if(o){if(t.annotations!==void 0){const y=e;Z(t.annotations,{instancePath:i+"/annot\
ations",parentData:t,parentDataProperty:"annotations",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),e=r.length);
var o=y===e}else var o=!0;if(o){if(t.linux!==void 0){const y=e;S(t.linux,{instancePath:i+"/linux",parentData:t,parentDataProperty:"\
linux",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);var o=y===e}else var o=!0;if(o){if(t.windows!==
void 0){const y=e;X(t.windows,{instancePath:i+"/windows",parentData:t,parentDataProperty:"windows",rootData:f})||(r=r===
null?X.errors:r.concat(X.errors),e=r.length);var o=y===e}else var o=!0;if(o){if(t.solaris!==void 0){const y=e;X(t.solaris,
{instancePath:i+"/solaris",parentData:t,parentDataProperty:"solaris",rootData:f})||(r=r===null?X.errors:r.concat(X.errors),
e=r.length);var o=y===e}else var o=!0;if(o){if(t.freebsd!==void 0){const y=e;X(t.freebsd,{instancePath:i+"/freebsd",parentData:t,
parentDataProperty:"freebsd",rootData:f})||(r=r===null?X.errors:r.concat(X.errors),e=r.length);var o=y===e}else var o=!0;
if(o){if(t.vm!==void 0){const y=e;X(t.vm,{instancePath:i+"/vm",parentData:t,parentDataProperty:"vm",rootData:f})||(r=r===
null?X.errors:r.concat(X.errors),e=r.length);var o=y===e}else var o=!0;if(o)if(t.zos!==void 0){const y=e;X(t.zos,{instancePath:i+
"/zos",parentData:t,parentDataProperty:"zos",rootData:f})||(r=r===null?X.errors:r.concat(X.errors),e=r.length);var o=y===
e}else var o=!0}}}}}}}}}}}}}else return oe.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1;return oe.
errors=r,e===0}export const validateProcess=E;function E(t,{instancePath:i="",parentData:U,parentDataProperty:G,rootData:f=t}={}){
let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){let Q;if(t.args===void 0&&(Q="args")||t.cwd===void 0&&
(Q="cwd"))return E.errors=[{instancePath:i,keyword:"required",params:{missingProperty:Q}}],!1;if(t.terminal!==void 0){const n=e;
if(typeof t.terminal!="boolean")return E.errors=[{instancePath:i+"/terminal",keyword:"type",params:{type:"boolean"}}],!1;
var o=n===e}else var o=!0;if(o){if(t.consoleSize!==void 0){let n=t.consoleSize;const P=e;if(e===P)if(n&&typeof n=="objec\
t"&&!Array.isArray(n)){let s;if(n.height===void 0&&(s="height")||n.width===void 0&&(s="width"))return E.errors=[{instancePath:i+
"/consoleSize",keyword:"required",params:{missingProperty:s}}],!1;if(n.height!==void 0){const a=e;_(n.height,{instancePath:i+
"/consoleSize/height",parentData:n,parentDataProperty:"height",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.
length);var h=a===e}else var h=!0;if(h)if(n.width!==void 0){const a=e;_(n.width,{instancePath:i+"/consoleSize/width",parentData:n,
parentDataProperty:"width",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var h=a===e}else var h=!0}else
return E.errors=[{instancePath:i+"/consoleSize",keyword:"type",params:{type:"object"}}],!1;var o=P===e}else var o=!0;if(o){
if(t.user!==void 0){let n=t.user;const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){if(n.uid!==void 0){const s=e;
B(n.uid,{instancePath:i+"/user/uid",parentData:n,parentDataProperty:"uid",rootData:f})||(r=r===null?B.errors:r.concat(B.
errors),e=r.length);var l=s===e}else var l=!0;if(l){if(n.gid!==void 0){const s=e;B(n.gid,{instancePath:i+"/user/gid",parentData:n,
parentDataProperty:"gid",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),e=r.length);var l=s===e}else var l=!0;if(l){
if(n.umask!==void 0){let s=n.umask;const a=e;if(!((typeof s=="bigint"||Number.isSafeInteger(s))&&s>=BigInt("0")&&s<=BigInt(
"511")))return E.errors=[{instancePath:i+"/user/umask",keyword:"wholeNumber",params:{minimum:"0",maximum:"511"}}],!1;var l=a===
e}else var l=!0;if(l){if(n.additionalGids!==void 0){let s=n.additionalGids;const a=e;if(e===a)if(Array.isArray(s)){var y=!0;
const p=s.length;for(let d=0;d<p;d++){const u=e;B(s[d],{instancePath:i+"/user/additionalGids/"+d,parentData:s,parentDataProperty:d,
rootData:f})||(r=r===null?B.errors:r.concat(B.errors),e=r.length);var y=u===e;if(!y)break}}else return E.errors=[{instancePath:i+
"/user/additionalGids",keyword:"type",params:{type:"array"}}],!1;var l=a===e}else var l=!0;if(l)if(n.username!==void 0){
const s=e;if(typeof n.username!="string")return E.errors=[{instancePath:i+"/user/username",keyword:"type",params:{type:"\
string"}}],!1;var l=s===e}else var l=!0}}}}else return E.errors=[{instancePath:i+"/user",keyword:"type",params:{type:"ob\
ject"}}],!1;var o=P===e}else var o=!0;if(o){if(t.args!==void 0){const n=e;w(t.args,{instancePath:i+"/args",parentData:t,
parentDataProperty:"args",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var o=n===e}else var o=!0;if(o){
if(t.env!==void 0){const n=e;w(t.env,{instancePath:i+"/env",parentData:t,parentDataProperty:"env",rootData:f})||(r=r===null?
w.errors:r.concat(w.errors),e=r.length);var o=n===e}else var o=!0;if(o){if(t.cwd!==void 0){const n=e;if(typeof t.cwd!="s\
tring")return E.errors=[{instancePath:i+"/cwd",keyword:"type",params:{type:"string"}}],!1;var o=n===e}else var o=!0;if(o){
if(t.capabilities!==void 0){let n=t.capabilities;const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){if(n.bounding!==
void 0){const s=e;w(n.bounding,{instancePath:i+"/capabilities/bounding",parentData:n,parentDataProperty:"bounding",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var v=s===e}else var v=!0;if(v){if(n.effective!==void 0){const s=e;w(
n.effective,{instancePath:i+"/capabilities/effective",parentData:n,parentDataProperty:"effective",rootData:f})||(r=r===null?
w.errors:r.concat(w.errors),e=r.length);var v=s===e}else var v=!0;if(v){if(n.inheritable!==void 0){const s=e;w(n.inheritable,
{instancePath:i+"/capabilities/inheritable",parentData:n,parentDataProperty:"inheritable",rootData:f})||(r=r===null?w.errors:
r.concat(w.errors),e=r.length);var v=s===e}else var v=!0;if(v){if(n.permitted!==void 0){const s=e;w(n.permitted,{instancePath:i+
"/capabilities/permitted",parentData:n,parentDataProperty:"permitted",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),
e=r.length);var v=s===e}else var v=!0;if(v)if(n.ambient!==void 0){const s=e;w(n.ambient,{instancePath:i+"/capabilities/a\
mbient",parentData:n,parentDataProperty:"ambient",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var v=s===
e}else var v=!0}}}}else return E.errors=[{instancePath:i+"/capabilities",keyword:"type",params:{type:"object"}}],!1;var o=P===
e}else var o=!0;if(o){if(t.rlimits!==void 0){let n=t.rlimits;const P=e;if(e===P)if(Array.isArray(n)){var I=!0;const s=n.
length;for(let a=0;a<s;a++){let b=n[a];const p=e;if(e===p)if(b&&typeof b=="object"&&!Array.isArray(b)){let u;if(b.type===
void 0&&(u="type")||b.soft===void 0&&(u="soft")||b.hard===void 0&&(u="hard"))return E.errors=[{instancePath:i+"/rlimits/"+
a,keyword:"required",params:{missingProperty:u}}],!1;if(b.type!==void 0){let c=b.type;const k=e;if(!(c==="RLIMIT_AS"||c===
"RLIMIT_CORE"||c==="RLIMIT_CPU"||c==="RLIMIT_DATA"||c==="RLIMIT_FSIZE"||c==="RLIMIT_LOCKS"||c==="RLIMIT_MEMLOCK"||c==="R\
LIMIT_MSGQUEUE"||c==="RLIMIT_NICE"||c==="RLIMIT_NOFILE"||c==="RLIMIT_NPROC"||c==="RLIMIT_RSS"||c==="RLIMIT_RTPRIO"||c===
"RLIMIT_RTTIME"||c==="RLIMIT_SIGPENDING"||c==="RLIMIT_STACK"))return E.errors=[{instancePath:i+"/rlimits/"+a+"/type",keyword:"\
enum",params:{allowedValues:ne.properties.rlimits.items.properties.type.enum}}],!1;var L=k===e}else var L=!0;if(L){if(b.
soft!==void 0){const c=e;_(b.soft,{instancePath:i+"/rlimits/"+a+"/soft",parentData:b,parentDataProperty:"soft",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var L=c===e}else var L=!0;if(L)if(b.hard!==void 0){const c=e;_(b.hard,
{instancePath:i+"/rlimits/"+a+"/hard",parentData:b,parentDataProperty:"hard",rootData:f})||(r=r===null?_.errors:r.concat(
_.errors),e=r.length);var L=c===e}else var L=!0}}else return E.errors=[{instancePath:i+"/rlimits/"+a,keyword:"type",params:{
type:"object"}}],!1;var I=p===e;if(!I)break}}else return E.errors=[{instancePath:i+"/rlimits",keyword:"type",params:{type:"\
array"}}],!1;var o=P===e}else var o=!0;if(o){if(t.noNewPrivileges!==void 0){const n=e;if(typeof t.noNewPrivileges!="bool\
ean")return E.errors=[{instancePath:i+"/noNewPrivileges",keyword:"type",params:{type:"boolean"}}],!1;var o=n===e}else var o=!0;
if(o){if(t.apparmorProfile!==void 0){const n=e;if(typeof t.apparmorProfile!="string")return E.errors=[{instancePath:i+"/\
apparmorProfile",keyword:"type",params:{type:"string"}}],!1;var o=n===e}else var o=!0;if(o){if(t.oomScoreAdj!==void 0){let n=t.
oomScoreAdj;const P=e;if(!((typeof n=="bigint"||Number.isSafeInteger(n))&&n>=BigInt("-1000")&&n<=BigInt("1000")))return E.
errors=[{instancePath:i+"/oomScoreAdj",keyword:"wholeNumber",params:{minimum:"-1000",maximum:"1000"}}],!1;var o=P===e}else
var o=!0;if(o){if(t.scheduler!==void 0){let n=t.scheduler;const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){
let s;if(n.policy===void 0&&(s="policy"))return E.errors=[{instancePath:i+"/scheduler",keyword:"required",params:{missingProperty:s}}],
!1;if(n.policy!==void 0){let a=n.policy;const b=e;if(!(a==="SCHED_OTHER"||a==="SCHED_FIFO"||a==="SCHED_RR"||a==="SCHED_B\
ATCH"||a==="SCHED_ISO"||a==="SCHED_IDLE"||a==="SCHED_DEADLINE"))return E.errors=[{instancePath:i+"/scheduler/policy",keyword:"\
enum",params:{allowedValues:ne.properties.scheduler.properties.policy.enum}}],!1;var D=b===e}else var D=!0;if(D){if(n.nice!==
void 0){let a=n.nice;const b=e;if(!((typeof a=="bigint"||Number.isSafeInteger(a))&&a>=BigInt("-20")&&a<=BigInt("19")))return E.
errors=[{instancePath:i+"/scheduler/nice",keyword:"wholeNumber",params:{minimum:"-20",maximum:"19"}}],!1;var D=b===e}else
var D=!0;if(D){if(n.priority!==void 0){let a=n.priority;const b=e;if(!((typeof a=="bigint"||Number.isSafeInteger(a))&&a>=
BigInt("0")&&a<=BigInt("99")))return E.errors=[{instancePath:i+"/scheduler/priority",keyword:"wholeNumber",params:{minimum:"\
0",maximum:"99"}}],!1;var D=b===e}else var D=!0;if(D){if(n.flags!==void 0){let a=n.flags;const b=e;if(e===b)if(Array.isArray(
a)){var j=!0;const d=a.length;for(let u=0;u<d;u++){let c=a[u];const k=e;if(!(c==="SCHED_FLAG_RESET_ON_FORK"||c==="SCHED_\
FLAG_RECLAIM"||c==="SCHED_FLAG_DL_OVERRUN"||c==="SCHED_FLAG_KEEP_POLICY"||c==="SCHED_FLAG_KEEP_PARAMS"||c==="SCHED_FLAG_\
UTIL_CLAMP_MIN"||c==="SCHED_FLAG_UTIL_CLAMP_MAX"))return E.errors=[{instancePath:i+"/scheduler/flags/"+u,keyword:"enum",
params:{allowedValues:ne.properties.scheduler.properties.flags.items.enum}}],!1;var j=k===e;if(!j)break}}else return E.errors=
[{instancePath:i+"/scheduler/flags",keyword:"type",params:{type:"array"}}],!1;var D=b===e}else var D=!0;if(D){if(n.runtime!==
void 0){const a=e;_(n.runtime,{instancePath:i+"/scheduler/runtime",parentData:n,parentDataProperty:"runtime",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var D=a===e}else var D=!0;if(D){if(n.deadline!==void 0){const a=e;_(
n.deadline,{instancePath:i+"/scheduler/deadline",parentData:n,parentDataProperty:"deadline",rootData:f})||(r=r===null?_.
errors:r.concat(_.errors),e=r.length);var D=a===e}else var D=!0;if(D)if(n.period!==void 0){const a=e;_(n.period,{instancePath:i+
"/scheduler/period",parentData:n,parentDataProperty:"period",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);
var D=a===e}else var D=!0}}}}}}else return E.errors=[{instancePath:i+"/scheduler",keyword:"type",params:{type:"object"}}],
!1;var o=P===e}else var o=!0;if(o){if(t.selinuxLabel!==void 0){const n=e;if(typeof t.selinuxLabel!="string")return E.errors=
[{instancePath:i+"/selinuxLabel",keyword:"type",params:{type:"string"}}],!1;var o=n===e}else var o=!0;if(o){if(t.ioPriority!==
void 0){let n=t.ioPriority;const P=e;if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){let s;if(n.class===void 0&&(s=
"class"))return E.errors=[{instancePath:i+"/ioPriority",keyword:"required",params:{missingProperty:s}}],!1;if(n.class!==
void 0){let a=n.class;const b=e;if(!(a==="IOPRIO_CLASS_RT"||a==="IOPRIO_CLASS_BE"||a==="IOPRIO_CLASS_IDLE"))return E.errors=
[{instancePath:i+"/ioPriority/class",keyword:"enum",params:{allowedValues:ne.properties.ioPriority.properties.class.enum}}],
!1;var H=b===e}else var H=!0;if(H)if(n.priority!==void 0){let a=n.priority;const b=e;if(!((typeof a=="bigint"||Number.isSafeInteger(
a))&&a>=BigInt("0")&&a<=BigInt("7")))return E.errors=[{instancePath:i+"/ioPriority/priority",keyword:"wholeNumber",params:{
minimum:"0",maximum:"7"}}],!1;var H=b===e}else var H=!0}else return E.errors=[{instancePath:i+"/ioPriority",keyword:"typ\
e",params:{type:"object"}}],!1;var o=P===e}else var o=!0;if(o)if(t.execCPUAffinity!==void 0){let n=t.execCPUAffinity;const P=e;
if(e===P)if(n&&typeof n=="object"&&!Array.isArray(n)){if(n.initial!==void 0){const s=e;if(typeof n.initial!="string")return E.
errors=[{instancePath:i+"/execCPUAffinity/initial",keyword:"type",params:{type:"string"}}],!1;var T=s===e}else var T=!0;
if(T)if(n.final!==void 0){const s=e;if(typeof n.final!="string")return E.errors=[{instancePath:i+"/execCPUAffinity/final",
keyword:"type",params:{type:"string"}}],!1;var T=s===e}else var T=!0}else return E.errors=[{instancePath:i+"/execCPUAffi\
nity",keyword:"type",params:{type:"object"}}],!1;var o=P===e}else var o=!0}}}}}}}}}}}}}}else return E.errors=[{instancePath:i,
keyword:"type",params:{type:"object"}}],!1;return E.errors=r,e===0}export const validateResources=$;function $(t,{instancePath:i="",
parentData:U,parentDataProperty:G,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){
if(t.devices!==void 0){let s=t.devices;const a=e;if(e===a)if(Array.isArray(s)){var o=!0;const b=s.length;for(let p=0;p<b;p++){
let d=s[p];const u=e;if(e===u)if(d&&typeof d=="object"&&!Array.isArray(d)){let k;if(d.allow===void 0&&(k="allow"))return $.
errors=[{instancePath:i+"/devices/"+p,keyword:"required",params:{missingProperty:k}}],!1;if(d.allow!==void 0){const m=e;
if(typeof d.allow!="boolean")return $.errors=[{instancePath:i+"/devices/"+p+"/allow",keyword:"type",params:{type:"boolea\
n"}}],!1;var h=m===e}else var h=!0;if(h){if(d.type!==void 0){let m=d.type;const A=e;if(!(m==="a"||m==="c"||m==="b"))return $.
errors=[{instancePath:i+"/devices/"+p+"/type",keyword:"enum",params:{allowedValues:Pe.properties.devices.items.properties.
type.enum}}],!1;var h=A===e}else var h=!0;if(h){if(d.major!==void 0){const m=e;g(d.major,{instancePath:i+"/devices/"+p+"\
/major",parentData:d,parentDataProperty:"major",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var h=m===
e}else var h=!0;if(h){if(d.minor!==void 0){const m=e;g(d.minor,{instancePath:i+"/devices/"+p+"/minor",parentData:d,parentDataProperty:"\
minor",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var h=m===e}else var h=!0;if(h)if(d.access!==void 0){
const m=e;if(typeof d.access!="string")return $.errors=[{instancePath:i+"/devices/"+p+"/access",keyword:"type",params:{type:"\
string"}}],!1;var h=m===e}else var h=!0}}}}else return $.errors=[{instancePath:i+"/devices/"+p,keyword:"type",params:{type:"\
object"}}],!1;var o=u===e;if(!o)break}}else return $.errors=[{instancePath:i+"/devices",keyword:"type",params:{type:"arr\
ay"}}],!1;var l=a===e}else var l=!0;if(l){if(t.memory!==void 0){let s=t.memory;const a=e;if(e===a)if(s&&typeof s=="objec\
t"&&!Array.isArray(s)){if(s.limit!==void 0){const p=e;g(s.limit,{instancePath:i+"/memory/limit",parentData:s,parentDataProperty:"\
limit",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.reservation!==
void 0){const p=e;g(s.reservation,{instancePath:i+"/memory/reservation",parentData:s,parentDataProperty:"reservation",rootData:f})||
(r=r===null?g.errors:r.concat(g.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.swap!==void 0){const p=e;g(s.swap,
{instancePath:i+"/memory/swap",parentData:s,parentDataProperty:"swap",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),
e=r.length);var y=p===e}else var y=!0;if(y){if(s.kernel!==void 0){const p=e;g(s.kernel,{instancePath:i+"/memory/kernel",
parentData:s,parentDataProperty:"kernel",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var y=p===e}else
var y=!0;if(y){if(s.kernelTCP!==void 0){const p=e;g(s.kernelTCP,{instancePath:i+"/memory/kernelTCP",parentData:s,parentDataProperty:"\
kernelTCP",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.swappiness!==
void 0){const p=e;_(s.swappiness,{instancePath:i+"/memory/swappiness",parentData:s,parentDataProperty:"swappiness",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.disableOOMKiller!==void 0){const p=e;
if(typeof s.disableOOMKiller!="boolean")return $.errors=[{instancePath:i+"/memory/disableOOMKiller",keyword:"type",params:{
type:"boolean"}}],!1;var y=p===e}else var y=!0;if(y){if(s.useHierarchy!==void 0){const p=e;if(typeof s.useHierarchy!="bo\
olean")return $.errors=[{instancePath:i+"/memory/useHierarchy",keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else
var y=!0;if(y)if(s.checkBeforeUpdate!==void 0){const p=e;if(typeof s.checkBeforeUpdate!="boolean")return $.errors=[{instancePath:i+
"/memory/checkBeforeUpdate",keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else var y=!0}}}}}}}}else return $.errors=
[{instancePath:i+"/memory",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.cpu!==void 0){
let s=t.cpu;const a=e;if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.shares!==void 0){const p=e;_(s.shares,{
instancePath:i+"/cpu/shares",parentData:s,parentDataProperty:"shares",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var v=p===e}else var v=!0;if(v){if(s.quota!==void 0){const p=e;g(s.quota,{instancePath:i+"/cpu/quota",parentData:s,
parentDataProperty:"quota",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var v=p===e}else var v=!0;if(v){
if(s.burst!==void 0){const p=e;_(s.burst,{instancePath:i+"/cpu/burst",parentData:s,parentDataProperty:"burst",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var v=p===e}else var v=!0;if(v){if(s.period!==void 0){const p=e;_(s.
period,{instancePath:i+"/cpu/period",parentData:s,parentDataProperty:"period",rootData:f})||(r=r===null?_.errors:r.concat(
_.errors),e=r.length);var v=p===e}else var v=!0;if(v){if(s.realtimeRuntime!==void 0){const p=e;g(s.realtimeRuntime,{instancePath:i+
"/cpu/realtimeRuntime",parentData:s,parentDataProperty:"realtimeRuntime",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),
e=r.length);var v=p===e}else var v=!0;if(v){if(s.realtimePeriod!==void 0){const p=e;_(s.realtimePeriod,{instancePath:i+"\
/cpu/realtimePeriod",parentData:s,parentDataProperty:"realtimePeriod",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var v=p===e}else var v=!0;if(v){if(s.cpus!==void 0){const p=e;if(typeof s.cpus!="string")return $.errors=[{instancePath:i+
"/cpu/cpus",keyword:"type",params:{type:"string"}}],!1;var v=p===e}else var v=!0;if(v){if(s.mems!==void 0){const p=e;if(typeof s.
mems!="string")return $.errors=[{instancePath:i+"/cpu/mems",keyword:"type",params:{type:"string"}}],!1;var v=p===e}else var v=!0;
if(v)if(s.idle!==void 0){const p=e;g(s.idle,{instancePath:i+"/cpu/idle",parentData:s,parentDataProperty:"idle",rootData:f})||
(r=r===null?g.errors:r.concat(g.errors),e=r.length);var v=p===e}else var v=!0}}}}}}}}else return $.errors=[{instancePath:i+
"/cpu",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.pids!==void 0){let s=t.pids;const a=e;
if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s))s.limit!==void 0&&(g(s.limit,{instancePath:i+"/pids/limit",parentData:s,
parentDataProperty:"limit",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length));else return $.errors=[{instancePath:i+
"/pids",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.blockIO!==void 0){let s=t.blockIO;
const a=e;if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.weight!==void 0){const p=e;x(s.weight,{instancePath:i+
"/blockIO/weight",parentData:s,parentDataProperty:"weight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);
var I=p===e}else var I=!0;if(I){if(s.leafWeight!==void 0){const p=e;x(s.leafWeight,{instancePath:i+"/blockIO/leafWeight",
parentData:s,parentDataProperty:"leafWeight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);var I=p===
e}else var I=!0;if(I){if(s.weightDevice!==void 0){let p=s.weightDevice;const d=e;if(e===d)if(Array.isArray(p)){var L=!0;
const c=p.length;for(let k=0;k<c;k++){let m=p[k];const A=e;if(e===A)if(m&&typeof m=="object"&&!Array.isArray(m)){let W;if(m.
major===void 0&&(W="major")||m.minor===void 0&&(W="minor"))return $.errors=[{instancePath:i+"/blockIO/weightDevice/"+k,keyword:"\
required",params:{missingProperty:W}}],!1;if(m.major!==void 0){const z=e;g(m.major,{instancePath:i+"/blockIO/weightDevic\
e/"+k+"/major",parentData:m,parentDataProperty:"major",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);
var D=z===e}else var D=!0;if(D){if(m.minor!==void 0){const z=e;g(m.minor,{instancePath:i+"/blockIO/weightDevice/"+k+"/mi\
nor",parentData:m,parentDataProperty:"minor",rootData:f})||(r=r===null?g.errors:r.concat(g.errors),e=r.length);var D=z===
e}else var D=!0;if(D){if(m.weight!==void 0){const z=e;x(m.weight,{instancePath:i+"/blockIO/weightDevice/"+k+"/weight",parentData:m,
parentDataProperty:"weight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);var D=z===e}else var D=!0;
if(D)if(m.leafWeight!==void 0){const z=e;x(m.leafWeight,{instancePath:i+"/blockIO/weightDevice/"+k+"/leafWeight",parentData:m,
parentDataProperty:"leafWeight",rootData:f})||(r=r===null?x.errors:r.concat(x.errors),e=r.length);var D=z===e}else var D=!0}}}else
return $.errors=[{instancePath:i+"/blockIO/weightDevice/"+k,keyword:"type",params:{type:"object"}}],!1;var L=A===e;if(!L)
break}}else return $.errors=[{instancePath:i+"/blockIO/weightDevice",keyword:"type",params:{type:"array"}}],!1;var I=d===
e}else var I=!0;if(I){if(s.throttleReadBpsDevice!==void 0){const p=e;N(s.throttleReadBpsDevice,{instancePath:i+"/blockIO\
/throttleReadBpsDevice",parentData:s,parentDataProperty:"throttleReadBpsDevice",rootData:f})||(r=r===null?N.errors:r.concat(
N.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleWriteBpsDevice!==void 0){const p=e;N(s.throttleWriteBpsDevice,
{instancePath:i+"/blockIO/throttleWriteBpsDevice",parentData:s,parentDataProperty:"throttleWriteBpsDevice",rootData:f})||
(r=r===null?N.errors:r.concat(N.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleReadIOPSDevice!==void 0){
const p=e;N(s.throttleReadIOPSDevice,{instancePath:i+"/blockIO/throttleReadIOPSDevice",parentData:s,parentDataProperty:"\
throttleReadIOPSDevice",rootData:f})||(r=r===null?N.errors:r.concat(N.errors),e=r.length);var I=p===e}else var I=!0;if(I)
if(s.throttleWriteIOPSDevice!==void 0){const p=e;N(s.throttleWriteIOPSDevice,{instancePath:i+"/blockIO/throttleWriteIOPS\
Device",parentData:s,parentDataProperty:"throttleWriteIOPSDevice",rootData:f})||(r=r===null?N.errors:r.concat(N.errors),
e=r.length);var I=p===e}else var I=!0}}}}}}else return $.errors=[{instancePath:i+"/blockIO",keyword:"type",params:{type:"\
object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.hugepageLimits!==void 0){let s=t.hugepageLimits;const a=e;if(e===a)if(Array.
isArray(s)){var j=!0;const p=s.length;for(let d=0;d<p;d++){let u=s[d];const c=e;if(e===c)if(u&&typeof u=="object"&&!Array.
isArray(u)){let m;if(u.pageSize===void 0&&(m="pageSize")||u.limit===void 0&&(m="limit"))return $.errors=[{instancePath:i+
"/hugepageLimits/"+d,keyword:"required",params:{missingProperty:m}}],!1;if(u.pageSize!==void 0){const A=e;if(typeof u.pageSize!=
"string")return $.errors=[{instancePath:i+"/hugepageLimits/"+d+"/pageSize",keyword:"type",params:{type:"string"}}],!1;var H=A===
e}else var H=!0;if(H)if(u.limit!==void 0){const A=e;_(u.limit,{instancePath:i+"/hugepageLimits/"+d+"/limit",parentData:u,
parentDataProperty:"limit",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var H=A===e}else var H=!0}else
return $.errors=[{instancePath:i+"/hugepageLimits/"+d,keyword:"type",params:{type:"object"}}],!1;var j=c===e;if(!j)break}}else
return $.errors=[{instancePath:i+"/hugepageLimits",keyword:"type",params:{type:"array"}}],!1;var l=a===e}else var l=!0;if(l){
if(t.network!==void 0){let s=t.network;const a=e;if(e===a)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.classID!==void 0){
const p=e;R(s.classID,{instancePath:i+"/network/classID",parentData:s,parentDataProperty:"classID",rootData:f})||(r=r===
null?R.errors:r.concat(R.errors),e=r.length);var T=p===e}else var T=!0;if(T)if(s.priorities!==void 0){let p=s.priorities;
const d=e;if(e===d)if(Array.isArray(p)){var Q=!0;const c=p.length;for(let k=0;k<c;k++){let m=p[k];const A=e;if(e===A)if(m&&
typeof m=="object"&&!Array.isArray(m)){let W;if(m.name===void 0&&(W="name")||m.priority===void 0&&(W="priority"))return $.
errors=[{instancePath:i+"/network/priorities/"+k,keyword:"required",params:{missingProperty:W}}],!1;if(m.name!==void 0){
const z=e;if(typeof m.name!="string")return $.errors=[{instancePath:i+"/network/priorities/"+k+"/name",keyword:"type",params:{
type:"string"}}],!1;var n=z===e}else var n=!0;if(n)if(m.priority!==void 0){const z=e;R(m.priority,{instancePath:i+"/netw\
ork/priorities/"+k+"/priority",parentData:m,parentDataProperty:"priority",rootData:f})||(r=r===null?R.errors:r.concat(R.
errors),e=r.length);var n=z===e}else var n=!0}else return $.errors=[{instancePath:i+"/network/priorities/"+k,keyword:"ty\
pe",params:{type:"object"}}],!1;var Q=A===e;if(!Q)break}}else return $.errors=[{instancePath:i+"/network/priorities",keyword:"\
type",params:{type:"array"}}],!1;var T=d===e}else var T=!0}else return $.errors=[{instancePath:i+"/network",keyword:"typ\
e",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.rdma!==void 0){let s=t.rdma;const a=e;if(e===a)if(s&&
typeof s=="object"&&!Array.isArray(s))for(const p in s){let d=s[p];const u=e;if(e===u)if(d&&typeof d=="object"&&!Array.isArray(
d)){if(d.hcaHandles!==void 0){const c=e;R(d.hcaHandles,{instancePath:i+"/rdma/"+p.replace(/~/g,"~0").replace(/\//g,"~1")+
"/hcaHandles",parentData:d,parentDataProperty:"hcaHandles",rootData:f})||(r=r===null?R.errors:r.concat(R.errors),e=r.length);
var P=c===e}else var P=!0;if(P)if(d.hcaObjects!==void 0){const c=e;R(d.hcaObjects,{instancePath:i+"/rdma/"+p.replace(/~/g,
"~0").replace(/\//g,"~1")+"/hcaObjects",parentData:d,parentDataProperty:"hcaObjects",rootData:f})||(r=r===null?R.errors:
r.concat(R.errors),e=r.length);var P=c===e}else var P=!0}else return $.errors=[{instancePath:i+"/rdma/"+p.replace(/~/g,"\
~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],!1;var ee=u===e;if(!ee)break}else return $.errors=[{instancePath:i+
"/rdma",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l)if(t.unified!==void 0){const s=e;Z(t.unified,
{instancePath:i+"/unified",parentData:t,parentDataProperty:"unified",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),
e=r.length);var l=s===e}else var l=!0}}}}}}}}else return $.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],
!1;return $.errors=r,e===0}const je={fields:{path:{},readonly:{}}},Y={wide:!0},ue={},F={each:{}},ke={fields:{terminal:{},
consoleSize:{fields:{height:Y,width:Y}},user:{fields:{uid:ue,gid:ue,umask:{},additionalGids:{each:ue},username:{blank:!0}}},
args:F,env:F,cwd:{},capabilities:{fields:{bounding:F,effective:F,inheritable:F,permitted:F,ambient:F}},rlimits:{each:{fields:{
type:{},soft:Y,hard:Y}}},noNewPrivileges:{},apparmorProfile:{blank:!0},oomScoreAdj:{},scheduler:{fields:{policy:{},nice:{},
priority:{},flags:{each:{}},runtime:Y,deadline:Y,period:Y}},selinuxLabel:{blank:!0},ioPriority:{fields:{class:{},priority:{}}},
execCPUAffinity:{fields:{initial:{},final:{}}}}},re={},Se={fields:{containerID:re,hostID:re,size:re}},me={each:Se},Re={fields:{
destination:{},type:{blank:!0},source:{blank:!0},options:F,uidMappings:me,gidMappings:me}},pe={each:{fields:{path:{},args:F,
env:F,timeout:{}}}},Le={fields:{prestart:pe,createRuntime:pe,createContainer:pe,startContainer:pe,poststart:pe,poststop:pe}},
be={values:{}},K={wide:!0},ge={},he={each:{fields:{major:K,minor:K,rate:Y}}},Ie={fields:{devices:{each:{fields:{allow:{},
type:{blank:!0},major:K,minor:K,access:{}}}},memory:{fields:{limit:K,reservation:K,swap:K,kernel:K,kernelTCP:K,swappiness:Y,
disableOOMKiller:{},useHierarchy:{},checkBeforeUpdate:{}}},cpu:{fields:{shares:Y,quota:K,burst:Y,period:Y,realtimeRuntime:K,
realtimePeriod:Y,cpus:{},mems:{},idle:K}},pids:{fields:{limit:K}},blockIO:{fields:{weight:ge,leafWeight:ge,weightDevice:{
each:{fields:{major:K,minor:K,weight:ge,leafWeight:ge}}},throttleReadBpsDevice:he,throttleWriteBpsDevice:he,throttleReadIOPSDevice:he,
throttleWriteIOPSDevice:he}},hugepageLimits:{each:{fields:{pageSize:{},limit:Y}}},network:{fields:{classID:re,priorities:{
each:{fields:{name:{},priority:re}}}}},rdma:{values:{fields:{hcaHandles:re,hcaObjects:re}}},unified:be}},Oe={fields:{namespaces:{
each:{fields:{type:{},path:{blank:!0}}}},uidMappings:me,gidMappings:me,timeOffsets:{values:{fields:{secs:K,nanosecs:{}}}},
devices:{each:{fields:{path:{},type:{},major:K,minor:K,fileMode:re,uid:ue,gid:ue}}},netDevices:{values:{fields:{name:{}}}},
cgroupsPath:{blank:!0},resources:Ie,sysctl:be,seccomp:{fields:{defaultAction:{},defaultErrnoRet:re,architectures:F,flags:F,
listenerPath:{},listenerMetadata:{},syscalls:{each:{fields:{names:F,action:{},errnoRet:re,args:{each:{fields:{index:re,value:Y,
valueTwo:Y,op:{}}}}}}}}},rootfsPropagation:{blank:!0},maskedPaths:F,readonlyPaths:F,mountLabel:{blank:!0},intelRdt:{fields:{
closID:{},schemata:F,l3CacheSchema:{},memBwSchema:{},enableMonitoring:{}}},memoryPolicy:{fields:{mode:{},nodes:{},flags:F}},
personality:{fields:{domain:{},flags:F}}}},ce={},Ee={fields:{ociVersion:{},root:je,process:ke,hostname:{blank:!0},domainname:{
blank:!0},mounts:{each:Re},hooks:Le,annotations:be,linux:Oe,windows:ce,solaris:ce,freebsd:ce,vm:ce,zos:ce}};export{Ee as shapeSpec,
ke as shapeProcess,Ie as shapeResources};
