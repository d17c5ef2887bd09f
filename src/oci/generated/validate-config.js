// Generated from src/oci/schema/config.json by scripts/generate-validator.mjs; not to be edited. The checks as ajv
// compiles them, and the shapes: `fields` by name, `each` member of a list, `values` of a map; `wide`: a 64-bit
// integer; `blank`: a string that counts as absent when it is empty.
// @ts-nocheck
/* eslint-disable */
export const validateSpec=ae;const Ae={type:"object",required:["ociVersion","root","process"],properties:{ociVersion:{type:"\
string"},root:{$ref:"#/definitions/root"},process:{$ref:"#/definitions/process"},hostname:{type:"string",default:""},domainname:{
type:"string",default:""},mounts:{type:"array",items:{$ref:"#/definitions/mount"}},hooks:{$ref:"#/definitions/hooks"},annotations:{
$ref:"#/definitions/stringMap"},linux:{$ref:"#/definitions/linux"},windows:{$ref:"#/definitions/otherPlatform"},solaris:{
$ref:"#/definitions/otherPlatform"},freebsd:{$ref:"#/definitions/otherPlatform"},vm:{$ref:"#/definitions/otherPlatform"},
zos:{$ref:"#/definitions/otherPlatform"}}},je={type:"object",required:["path"],properties:{path:{type:"string"},readonly:{
type:"boolean"}}};function te(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===
0)if(t&&typeof t=="object"&&!Array.isArray(t)){let m;if(t.path===void 0&&(m="path"))return te.errors=[{instancePath:i,keyword:"\
required",params:{missingProperty:m}}],!1;if(t.path!==void 0){const l=e;if(typeof t.path!="string")return te.errors=[{instancePath:i+
"/path",keyword:"type",params:{type:"string"}}],!1;var n=l===e}else var n=!0;if(n)if(t.readonly!==void 0){const l=e;if(typeof t.
readonly!="boolean")return te.errors=[{instancePath:i+"/readonly",keyword:"type",params:{type:"boolean"}}],!1;var n=l===
e}else var n=!0}else return te.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1;return te.errors=r,e===
0}const se={type:"object",required:["args","cwd"],properties:{terminal:{type:"boolean"},consoleSize:{type:"object",required:[
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
initial:{type:"string"},final:{type:"string"}}}}},Se={wholeNumber:{minimum:"0",maximum:"18446744073709551615"}};function h(t,{
instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;return(typeof t=="bigint"||Number.isSafeInteger(
t))&&t>=BigInt("0")&&t<=BigInt("18446744073709551615")?(h.errors=r,e===0):(h.errors=[{instancePath:i,keyword:"wholeNumbe\
r",params:{minimum:"0",maximum:"18446744073709551615"}}],!1)}const Re={wholeNumber:{minimum:"0",maximum:"4294967294"}};function q(t,{
instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;return(typeof t=="bigint"||Number.isSafeInteger(
t))&&t>=BigInt("0")&&t<=BigInt("4294967294")?(q.errors=r,e===0):(q.errors=[{instancePath:i,keyword:"wholeNumber",params:{
minimum:"0",maximum:"4294967294"}}],!1)}const Le={type:"array",items:{type:"string"}};function w(t,{instancePath:i="",parentData:G,
parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(Array.isArray(t)){var n=!0;const m=t.length;for(let l=0;l<
m;l++){const y=e;if(typeof t[l]!="string")return w.errors=[{instancePath:i+"/"+l,keyword:"type",params:{type:"string"}}],
!1;var n=y===e;if(!n)break}}else return w.errors=[{instancePath:i,keyword:"type",params:{type:"array"}}],!1;return w.errors=
r,e===0}function M(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&
typeof t=="object"&&!Array.isArray(t)){let c;if(t.args===void 0&&(c="args")||t.cwd===void 0&&(c="cwd"))return M.errors=[
{instancePath:i,keyword:"required",params:{missingProperty:c}}],!1;if(t.terminal!==void 0){const a=e;if(typeof t.terminal!=
"boolean")return M.errors=[{instancePath:i+"/terminal",keyword:"type",params:{type:"boolean"}}],!1;var n=a===e}else var n=!0;
if(n){if(t.consoleSize!==void 0){let a=t.consoleSize;const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){let s;
if(a.height===void 0&&(s="height")||a.width===void 0&&(s="width"))return M.errors=[{instancePath:i+"/consoleSize",keyword:"\
required",params:{missingProperty:s}}],!1;if(a.height!==void 0){const o=e;h(a.height,{instancePath:i+"/consoleSize/heigh\
t",parentData:a,parentDataProperty:"height",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var m=o===
e}else var m=!0;if(m)if(a.width!==void 0){const o=e;h(a.width,{instancePath:i+"/consoleSize/width",parentData:a,parentDataProperty:"\
width",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var m=o===e}else var m=!0}else return M.errors=
[{instancePath:i+"/consoleSize",keyword:"type",params:{type:"object"}}],!1;var n=A===e}else var n=!0;if(n){if(t.user!==void 0){
let a=t.user;const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){if(a.uid!==void 0){const s=e;q(a.uid,{instancePath:i+
"/user/uid",parentData:a,parentDataProperty:"uid",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var l=s===
e}else var l=!0;if(l){if(a.gid!==void 0){const s=e;q(a.gid,{instancePath:i+"/user/gid",parentData:a,parentDataProperty:"\
gid",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var l=s===e}else var l=!0;if(l){if(a.umask!==void 0){
let s=a.umask;const o=e;if(!((typeof s=="bigint"||Number.isSafeInteger(s))&&s>=BigInt("0")&&s<=BigInt("511")))return M.errors=
[{instancePath:i+"/user/umask",keyword:"wholeNumber",params:{minimum:"0",maximum:"511"}}],!1;var l=o===e}else var l=!0;if(l){
if(a.additionalGids!==void 0){let s=a.additionalGids;const o=e;if(e===o)if(Array.isArray(s)){var y=!0;const p=s.length;for(let u=0;u<
p;u++){const v=e;q(s[u],{instancePath:i+"/user/additionalGids/"+u,parentData:s,parentDataProperty:u,rootData:f})||(r=r===
null?q.errors:r.concat(q.errors),e=r.length);var y=v===e;if(!y)break}}else return M.errors=[{instancePath:i+"/user/addit\
ionalGids",keyword:"type",params:{type:"array"}}],!1;var l=o===e}else var l=!0;if(l)if(a.username!==void 0){const s=e;if(typeof a.
username!="string")return M.errors=[{instancePath:i+"/user/username",keyword:"type",params:{type:"string"}}],!1;var l=s===
e}else var l=!0}}}}else return M.errors=[{instancePath:i+"/user",keyword:"type",params:{type:"object"}}],!1;var n=A===e}else
var n=!0;if(n){if(t.args!==void 0){const a=e;w(t.args,{instancePath:i+"/args",parentData:t,parentDataProperty:"args",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var n=a===e}else var n=!0;if(n){if(t.env!==void 0){const a=e;w(t.env,
{instancePath:i+"/env",parentData:t,parentDataProperty:"env",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);
var n=a===e}else var n=!0;if(n){if(t.cwd!==void 0){const a=e;if(typeof t.cwd!="string")return M.errors=[{instancePath:i+
"/cwd",keyword:"type",params:{type:"string"}}],!1;var n=a===e}else var n=!0;if(n){if(t.capabilities!==void 0){let a=t.capabilities;
const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){if(a.bounding!==void 0){const s=e;w(a.bounding,{instancePath:i+
"/capabilities/bounding",parentData:a,parentDataProperty:"bounding",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),
e=r.length);var d=s===e}else var d=!0;if(d){if(a.effective!==void 0){const s=e;w(a.effective,{instancePath:i+"/capabilit\
ies/effective",parentData:a,parentDataProperty:"effective",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);
var d=s===e}else var d=!0;if(d){if(a.inheritable!==void 0){const s=e;w(a.inheritable,{instancePath:i+"/capabilities/inhe\
ritable",parentData:a,parentDataProperty:"inheritable",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);
var d=s===e}else var d=!0;if(d){if(a.permitted!==void 0){const s=e;w(a.permitted,{instancePath:i+"/capabilities/permitte\
d",parentData:a,parentDataProperty:"permitted",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var d=s===
e}else var d=!0;if(d)if(a.ambient!==void 0){const s=e;w(a.ambient,{instancePath:i+"/capabilities/ambient",parentData:a,parentDataProperty:"\
ambient",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var d=s===e}else var d=!0}}}}else return M.errors=
[{instancePath:i+"/capabilities",keyword:"type",params:{type:"object"}}],!1;var n=A===e}else var n=!0;if(n){if(t.rlimits!==
void 0){let a=t.rlimits;const A=e;if(e===A)if(Array.isArray(a)){var I=!0;const s=a.length;for(let o=0;o<s;o++){let k=a[o];
const p=e;if(e===p)if(k&&typeof k=="object"&&!Array.isArray(k)){let v;if(k.type===void 0&&(v="type")||k.soft===void 0&&(v=
"soft")||k.hard===void 0&&(v="hard"))return M.errors=[{instancePath:i+"/rlimits/"+o,keyword:"required",params:{missingProperty:v}}],
!1;if(k.type!==void 0){let b=k.type;const R=e;if(!(b==="RLIMIT_AS"||b==="RLIMIT_CORE"||b==="RLIMIT_CPU"||b==="RLIMIT_DAT\
A"||b==="RLIMIT_FSIZE"||b==="RLIMIT_LOCKS"||b==="RLIMIT_MEMLOCK"||b==="RLIMIT_MSGQUEUE"||b==="RLIMIT_NICE"||b==="RLIMIT_\
NOFILE"||b==="RLIMIT_NPROC"||b==="RLIMIT_RSS"||b==="RLIMIT_RTPRIO"||b==="RLIMIT_RTTIME"||b==="RLIMIT_SIGPENDING"||b==="R\
LIMIT_STACK"))return M.errors=[{instancePath:i+"/rlimits/"+o+"/type",keyword:"enum",params:{allowedValues:se.properties.
rlimits.items.properties.type.enum}}],!1;var P=R===e}else var P=!0;if(P){if(k.soft!==void 0){const b=e;h(k.soft,{instancePath:i+
"/rlimits/"+o+"/soft",parentData:k,parentDataProperty:"soft",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);
var P=b===e}else var P=!0;if(P)if(k.hard!==void 0){const b=e;h(k.hard,{instancePath:i+"/rlimits/"+o+"/hard",parentData:k,
parentDataProperty:"hard",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var P=b===e}else var P=!0}}else
return M.errors=[{instancePath:i+"/rlimits/"+o,keyword:"type",params:{type:"object"}}],!1;var I=p===e;if(!I)break}}else return M.
errors=[{instancePath:i+"/rlimits",keyword:"type",params:{type:"array"}}],!1;var n=A===e}else var n=!0;if(n){if(t.noNewPrivileges!==
void 0){const a=e;if(typeof t.noNewPrivileges!="boolean")return M.errors=[{instancePath:i+"/noNewPrivileges",keyword:"ty\
pe",params:{type:"boolean"}}],!1;var n=a===e}else var n=!0;if(n){if(t.apparmorProfile!==void 0){const a=e;if(typeof t.apparmorProfile!=
"string")return M.errors=[{instancePath:i+"/apparmorProfile",keyword:"type",params:{type:"string"}}],!1;var n=a===e}else
var n=!0;if(n){if(t.oomScoreAdj!==void 0){let a=t.oomScoreAdj;const A=e;if(!((typeof a=="bigint"||Number.isSafeInteger(a))&&
a>=BigInt("-1000")&&a<=BigInt("1000")))return M.errors=[{instancePath:i+"/oomScoreAdj",keyword:"wholeNumber",params:{minimum:"\
-1000",maximum:"1000"}}],!1;var n=A===e}else var n=!0;if(n){if(t.scheduler!==void 0){let a=t.scheduler;const A=e;if(e===
A)if(a&&typeof a=="object"&&!Array.isArray(a)){let s;if(a.policy===void 0&&(s="policy"))return M.errors=[{instancePath:i+
"/scheduler",keyword:"required",params:{missingProperty:s}}],!1;if(a.policy!==void 0){let o=a.policy;const k=e;if(!(o===
"SCHED_OTHER"||o==="SCHED_FIFO"||o==="SCHED_RR"||o==="SCHED_BATCH"||o==="SCHED_ISO"||o==="SCHED_IDLE"||o==="SCHED_DEADLI\
NE"))return M.errors=[{instancePath:i+"/scheduler/policy",keyword:"enum",params:{allowedValues:se.properties.scheduler.properties.
policy.enum}}],!1;var D=k===e}else var D=!0;if(D){if(a.nice!==void 0){let o=a.nice;const k=e;if(!((typeof o=="bigint"||Number.
isSafeInteger(o))&&o>=BigInt("-20")&&o<=BigInt("19")))return M.errors=[{instancePath:i+"/scheduler/nice",keyword:"wholeN\
umber",params:{minimum:"-20",maximum:"19"}}],!1;var D=k===e}else var D=!0;if(D){if(a.priority!==void 0){let o=a.priority;
const k=e;if(!((typeof o=="bigint"||Number.isSafeInteger(o))&&o>=BigInt("0")&&o<=BigInt("99")))return M.errors=[{instancePath:i+
"/scheduler/priority",keyword:"wholeNumber",params:{minimum:"0",maximum:"99"}}],!1;var D=k===e}else var D=!0;if(D){if(a.
flags!==void 0){let o=a.flags;const k=e;if(e===k)if(Array.isArray(o)){var O=!0;const u=o.length;for(let v=0;v<u;v++){let b=o[v];
const R=e;if(!(b==="SCHED_FLAG_RESET_ON_FORK"||b==="SCHED_FLAG_RECLAIM"||b==="SCHED_FLAG_DL_OVERRUN"||b==="SCHED_FLAG_KE\
EP_POLICY"||b==="SCHED_FLAG_KEEP_PARAMS"||b==="SCHED_FLAG_UTIL_CLAMP_MIN"||b==="SCHED_FLAG_UTIL_CLAMP_MAX"))return M.errors=
[{instancePath:i+"/scheduler/flags/"+v,keyword:"enum",params:{allowedValues:se.properties.scheduler.properties.flags.items.
enum}}],!1;var O=R===e;if(!O)break}}else return M.errors=[{instancePath:i+"/scheduler/flags",keyword:"type",params:{type:"\
array"}}],!1;var D=k===e}else var D=!0;if(D){if(a.runtime!==void 0){const o=e;h(a.runtime,{instancePath:i+"/scheduler/ru\
ntime",parentData:a,parentDataProperty:"runtime",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var D=o===
e}else var D=!0;if(D){if(a.deadline!==void 0){const o=e;h(a.deadline,{instancePath:i+"/scheduler/deadline",parentData:a,
parentDataProperty:"deadline",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var D=o===e}else var D=!0;
if(D)if(a.period!==void 0){const o=e;h(a.period,{instancePath:i+"/scheduler/period",parentData:a,parentDataProperty:"per\
iod",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var D=o===e}else var D=!0}}}}}}else return M.errors=
[{instancePath:i+"/scheduler",keyword:"type",params:{type:"object"}}],!1;var n=A===e}else var n=!0;if(n){if(t.selinuxLabel!==
void 0){const a=e;if(typeof t.selinuxLabel!="string")return M.errors=[{instancePath:i+"/selinuxLabel",keyword:"type",params:{
type:"string"}}],!1;var n=a===e}else var n=!0;if(n){if(t.ioPriority!==void 0){let a=t.ioPriority;const A=e;if(e===A)if(a&&
typeof a=="object"&&!Array.isArray(a)){let s;if(a.class===void 0&&(s="class"))return M.errors=[{instancePath:i+"/ioPrior\
ity",keyword:"required",params:{missingProperty:s}}],!1;if(a.class!==void 0){let o=a.class;const k=e;if(!(o==="IOPRIO_CL\
ASS_RT"||o==="IOPRIO_CLASS_BE"||o==="IOPRIO_CLASS_IDLE"))return M.errors=[{instancePath:i+"/ioPriority/class",keyword:"e\
num",params:{allowedValues:se.properties.ioPriority.properties.class.enum}}],!1;var N=k===e}else var N=!0;if(N)if(a.priority!==
void 0){let o=a.priority;const k=e;if(!((typeof o=="bigint"||Number.isSafeInteger(o))&&o>=BigInt("0")&&o<=BigInt("7")))return M.
errors=[{instancePath:i+"/ioPriority/priority",keyword:"wholeNumber",params:{minimum:"0",maximum:"7"}}],!1;var N=k===e}else
var N=!0}else return M.errors=[{instancePath:i+"/ioPriority",keyword:"type",params:{type:"object"}}],!1;var n=A===e}else
var n=!0;if(n)if(t.execCPUAffinity!==void 0){let a=t.execCPUAffinity;const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.
isArray(a)){if(a.initial!==void 0){const s=e;if(typeof a.initial!="string")return M.errors=[{instancePath:i+"/execCPUAff\
inity/initial",keyword:"type",params:{type:"string"}}],!1;var j=s===e}else var j=!0;if(j)if(a.final!==void 0){const s=e;
if(typeof a.final!="string")return M.errors=[{instancePath:i+"/execCPUAffinity/final",keyword:"type",params:{type:"strin\
g"}}],!1;var j=s===e}else var j=!0}else return M.errors=[{instancePath:i+"/execCPUAffinity",keyword:"type",params:{type:"\
object"}}],!1;var n=A===e}else var n=!0}}}}}}}}}}}}}}else return M.errors=[{instancePath:i,keyword:"type",params:{type:"\
object"}}],!1;return M.errors=r,e===0}const Oe={type:"object",required:["destination"],properties:{destination:{type:"st\
ring"},type:{type:"string",default:""},source:{type:"string",default:""},options:{$ref:"#/definitions/strings"},uidMappings:{
$ref:"#/definitions/idMappings"},gidMappings:{$ref:"#/definitions/idMappings"}}},Ee={type:"array",items:{$ref:"#/definit\
ions/idMapping"}},Me={type:"object",required:["containerID","hostID","size"],properties:{containerID:{$ref:"#/definition\
s/uint32"},hostID:{$ref:"#/definitions/uint32"},size:{$ref:"#/definitions/uint32"}}},Ce={wholeNumber:{minimum:"0",maximum:"\
4294967295"}};function S(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;return(typeof t==
"bigint"||Number.isSafeInteger(t))&&t>=BigInt("0")&&t<=BigInt("4294967295")?(S.errors=r,e===0):(S.errors=[{instancePath:i,
keyword:"wholeNumber",params:{minimum:"0",maximum:"4294967295"}}],!1)}function ne(t,{instancePath:i="",parentData:G,parentDataProperty:W,
rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){let m;if(t.containerID===void 0&&
(m="containerID")||t.hostID===void 0&&(m="hostID")||t.size===void 0&&(m="size"))return ne.errors=[{instancePath:i,keyword:"\
required",params:{missingProperty:m}}],!1;if(t.containerID!==void 0){const l=e;S(t.containerID,{instancePath:i+"/contain\
erID",parentData:t,parentDataProperty:"containerID",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);var n=l===
e}else var n=!0;if(n){if(t.hostID!==void 0){const l=e;S(t.hostID,{instancePath:i+"/hostID",parentData:t,parentDataProperty:"\
hostID",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);var n=l===e}else var n=!0;if(n)if(t.size!==void 0){
const l=e;S(t.size,{instancePath:i+"/size",parentData:t,parentDataProperty:"size",rootData:f})||(r=r===null?S.errors:r.concat(
S.errors),e=r.length);var n=l===e}else var n=!0}}else return ne.errors=[{instancePath:i,keyword:"type",params:{type:"obj\
ect"}}],!1;return ne.errors=r,e===0}function ee(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){
let r=null,e=0;if(e===0)if(Array.isArray(t)){var n=!0;const m=t.length;for(let l=0;l<m;l++){const y=e;ne(t[l],{instancePath:i+
"/"+l,parentData:t,parentDataProperty:l,rootData:f})||(r=r===null?ne.errors:r.concat(ne.errors),e=r.length);var n=y===e;
if(!n)break}}else return ee.errors=[{instancePath:i,keyword:"type",params:{type:"array"}}],!1;return ee.errors=r,e===0}function ie(t,{
instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&
!Array.isArray(t)){let m;if(t.destination===void 0&&(m="destination"))return ie.errors=[{instancePath:i,keyword:"require\
d",params:{missingProperty:m}}],!1;if(t.destination!==void 0){const l=e;if(typeof t.destination!="string")return ie.errors=
[{instancePath:i+"/destination",keyword:"type",params:{type:"string"}}],!1;var n=l===e}else var n=!0;if(n){if(t.type!==void 0){
const l=e;if(typeof t.type!="string")return ie.errors=[{instancePath:i+"/type",keyword:"type",params:{type:"string"}}],!1;
var n=l===e}else var n=!0;if(n){if(t.source!==void 0){const l=e;if(typeof t.source!="string")return ie.errors=[{instancePath:i+
"/source",keyword:"type",params:{type:"string"}}],!1;var n=l===e}else var n=!0;if(n){if(t.options!==void 0){const l=e;w(
t.options,{instancePath:i+"/options",parentData:t,parentDataProperty:"options",rootData:f})||(r=r===null?w.errors:r.concat(
w.errors),e=r.length);var n=l===e}else var n=!0;if(n){if(t.uidMappings!==void 0){const l=e;ee(t.uidMappings,{instancePath:i+
"/uidMappings",parentData:t,parentDataProperty:"uidMappings",rootData:f})||(r=r===null?ee.errors:r.concat(ee.errors),e=r.
length);var n=l===e}else var n=!0;if(n)if(t.gidMappings!==void 0){const l=e;ee(t.gidMappings,{instancePath:i+"/gidMappin\
gs",parentData:t,parentDataProperty:"gidMappings",rootData:f})||(r=r===null?ee.errors:r.concat(ee.errors),e=r.length);var n=l===
e}else var n=!0}}}}}else return ie.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1;return ie.errors=r,
e===0}const $e={type:"object",properties:{prestart:{$ref:"#/definitions/hookList"},createRuntime:{$ref:"#/definitions/ho\
okList"},createContainer:{$ref:"#/definitions/hookList"},startContainer:{$ref:"#/definitions/hookList"},poststart:{$ref:"\
#/definitions/hookList"},poststop:{$ref:"#/definitions/hookList"}}},Te={type:"array",items:{type:"object",required:["pat\
h"],properties:{path:{type:"string"},args:{$ref:"#/definitions/strings"},env:{$ref:"#/definitions/strings"},timeout:{wholeNumber:{
minimum:"1",maximum:"2147483647"}}}}};function z(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){
let r=null,e=0;if(e===0)if(Array.isArray(t)){var n=!0;const l=t.length;for(let y=0;y<l;y++){let d=t[y];const I=e;if(e===
I)if(d&&typeof d=="object"&&!Array.isArray(d)){let D;if(d.path===void 0&&(D="path"))return z.errors=[{instancePath:i+"/"+
y,keyword:"required",params:{missingProperty:D}}],!1;if(d.path!==void 0){const O=e;if(typeof d.path!="string")return z.errors=
[{instancePath:i+"/"+y+"/path",keyword:"type",params:{type:"string"}}],!1;var m=O===e}else var m=!0;if(m){if(d.args!==void 0){
const O=e;w(d.args,{instancePath:i+"/"+y+"/args",parentData:d,parentDataProperty:"args",rootData:f})||(r=r===null?w.errors:
r.concat(w.errors),e=r.length);var m=O===e}else var m=!0;if(m){if(d.env!==void 0){const O=e;w(d.env,{instancePath:i+"/"+
y+"/env",parentData:d,parentDataProperty:"env",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var m=O===
e}else var m=!0;if(m)if(d.timeout!==void 0){let O=d.timeout;const N=e;if(!((typeof O=="bigint"||Number.isSafeInteger(O))&&
O>=BigInt("1")&&O<=BigInt("2147483647")))return z.errors=[{instancePath:i+"/"+y+"/timeout",keyword:"wholeNumber",params:{
minimum:"1",maximum:"2147483647"}}],!1;var m=N===e}else var m=!0}}}else return z.errors=[{instancePath:i+"/"+y,keyword:"\
type",params:{type:"object"}}],!1;var n=I===e;if(!n)break}}else return z.errors=[{instancePath:i,keyword:"type",params:{
type:"array"}}],!1;return z.errors=r,e===0}function le(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){
let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){if(t.prestart!==void 0){const m=e;z(t.prestart,{instancePath:i+
"/prestart",parentData:t,parentDataProperty:"prestart",rootData:f})||(r=r===null?z.errors:r.concat(z.errors),e=r.length);
var n=m===e}else var n=!0;if(n){if(t.createRuntime!==void 0){const m=e;z(t.createRuntime,{instancePath:i+"/createRuntime",
parentData:t,parentDataProperty:"createRuntime",rootData:f})||(r=r===null?z.errors:r.concat(z.errors),e=r.length);var n=m===
e}else var n=!0;if(n){if(t.createContainer!==void 0){const m=e;z(t.createContainer,{instancePath:i+"/createContainer",parentData:t,
parentDataProperty:"createContainer",rootData:f})||(r=r===null?z.errors:r.concat(z.errors),e=r.length);var n=m===e}else var n=!0;
if(n){if(t.startContainer!==void 0){const m=e;z(t.startContainer,{instancePath:i+"/startContainer",parentData:t,parentDataProperty:"\
startContainer",rootData:f})||(r=r===null?z.errors:r.concat(z.errors),e=r.length);var n=m===e}else var n=!0;if(n){if(t.poststart!==
void 0){const m=e;z(t.poststart,{instancePath:i+"/poststart",parentData:t,parentDataProperty:"poststart",rootData:f})||(r=
r===null?z.errors:r.concat(z.errors),e=r.length);var n=m===e}else var n=!0;if(n)if(t.poststop!==void 0){const m=e;z(t.poststop,
{instancePath:i+"/poststop",parentData:t,parentDataProperty:"poststop",rootData:f})||(r=r===null?z.errors:r.concat(z.errors),
e=r.length);var n=m===e}else var n=!0}}}}}else return le.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],
!1;return le.errors=r,e===0}const Ne={type:"object",additionalProperties:{type:"string"}};function Z(t,{instancePath:i="",
parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t))
for(const m in t){const l=e;if(typeof t[m]!="string")return Z.errors=[{instancePath:i+"/"+m.replace(/~/g,"~0").replace(/\//g,
"~1"),keyword:"type",params:{type:"string"}}],!1;var n=l===e;if(!n)break}else return Z.errors=[{instancePath:i,keyword:"\
type",params:{type:"object"}}],!1;return Z.errors=r,e===0}const de={type:"object",properties:{namespaces:{type:"array",items:{
type:"object",required:["type"],properties:{type:{enum:["pid","network","mount","ipc","uts","user","cgroup","time"]},path:{
type:"string",default:""}}}},uidMappings:{$ref:"#/definitions/idMappings"},gidMappings:{$ref:"#/definitions/idMappings"},
timeOffsets:{type:"object",additionalProperties:{type:"object",properties:{secs:{$ref:"#/definitions/int64"},nanosecs:{wholeNumber:{
minimum:"0",maximum:"999999999"}}}}},devices:{type:"array",items:{type:"object",required:["path","type"],properties:{path:{
type:"string"},type:{enum:["c","b","u","p"]},major:{$ref:"#/definitions/int64"},minor:{$ref:"#/definitions/int64"},fileMode:{
$ref:"#/definitions/uint32"},uid:{$ref:"#/definitions/id"},gid:{$ref:"#/definitions/id"}}}},netDevices:{type:"object",additionalProperties:{
type:"object",properties:{name:{type:"string"}}}},cgroupsPath:{type:"string",default:""},resources:{$ref:"#/definitions/\
resources"},sysctl:{$ref:"#/definitions/stringMap"},seccomp:{$ref:"#/definitions/seccomp"},rootfsPropagation:{enum:["sha\
red","slave","private","unbindable","rshared","rslave","rprivate","runbindable"],default:""},maskedPaths:{$ref:"#/defini\
tions/strings"},readonlyPaths:{$ref:"#/definitions/strings"},mountLabel:{type:"string",default:""},intelRdt:{type:"objec\
t",properties:{closID:{type:"string"},schemata:{$ref:"#/definitions/strings"},l3CacheSchema:{type:"string"},memBwSchema:{
type:"string"},enableMonitoring:{type:"boolean"}}},memoryPolicy:{type:"object",required:["mode"],properties:{mode:{type:"\
string"},nodes:{type:"string"},flags:{$ref:"#/definitions/strings"}}},personality:{type:"object",required:["domain"],properties:{
domain:{enum:["LINUX","LINUX32"]},flags:{$ref:"#/definitions/strings"}}}}},xe={wholeNumber:{minimum:"-922337203685477580\
8",maximum:"9223372036854775807"}};function _(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,
e=0;return(typeof t=="bigint"||Number.isSafeInteger(t))&&t>=BigInt("-9223372036854775808")&&t<=BigInt("92233720368547758\
07")?(_.errors=r,e===0):(_.errors=[{instancePath:i,keyword:"wholeNumber",params:{minimum:"-9223372036854775808",maximum:"\
9223372036854775807"}}],!1)}const me={type:"object",properties:{devices:{type:"array",items:{type:"object",required:["al\
low"],properties:{allow:{type:"boolean"},type:{enum:["a","c","b"],default:""},major:{$ref:"#/definitions/int64"},minor:{
$ref:"#/definitions/int64"},access:{type:"string"}}}},memory:{type:"object",properties:{limit:{$ref:"#/definitions/int64"},
reservation:{$ref:"#/definitions/int64"},swap:{$ref:"#/definitions/int64"},kernel:{$ref:"#/definitions/int64"},kernelTCP:{
$ref:"#/definitions/int64"},swappiness:{$ref:"#/definitions/uint64"},disableOOMKiller:{type:"boolean"},useHierarchy:{type:"\
boolean"},checkBeforeUpdate:{type:"boolean"}}},cpu:{type:"object",properties:{shares:{$ref:"#/definitions/uint64"},quota:{
$ref:"#/definitions/int64"},burst:{$ref:"#/definitions/uint64"},period:{$ref:"#/definitions/uint64"},realtimeRuntime:{$ref:"\
#/definitions/int64"},realtimePeriod:{$ref:"#/definitions/uint64"},cpus:{type:"string"},mems:{type:"string"},idle:{$ref:"\
#/definitions/int64"}}},pids:{type:"object",properties:{limit:{$ref:"#/definitions/int64"}}},blockIO:{type:"object",properties:{
weight:{$ref:"#/definitions/uint16"},leafWeight:{$ref:"#/definitions/uint16"},weightDevice:{type:"array",items:{type:"ob\
ject",required:["major","minor"],properties:{major:{$ref:"#/definitions/int64"},minor:{$ref:"#/definitions/int64"},weight:{
$ref:"#/definitions/uint16"},leafWeight:{$ref:"#/definitions/uint16"}}}},throttleReadBpsDevice:{$ref:"#/definitions/thro\
ttles"},throttleWriteBpsDevice:{$ref:"#/definitions/throttles"},throttleReadIOPSDevice:{$ref:"#/definitions/throttles"},
throttleWriteIOPSDevice:{$ref:"#/definitions/throttles"}}},hugepageLimits:{type:"array",items:{type:"object",required:["\
pageSize","limit"],properties:{pageSize:{type:"string"},limit:{$ref:"#/definitions/uint64"}}}},network:{type:"object",properties:{
classID:{$ref:"#/definitions/uint32"},priorities:{type:"array",items:{type:"object",required:["name","priority"],properties:{
name:{type:"string"},priority:{$ref:"#/definitions/uint32"}}}}}},rdma:{type:"object",additionalProperties:{type:"object",
properties:{hcaHandles:{$ref:"#/definitions/uint32"},hcaObjects:{$ref:"#/definitions/uint32"}}}},unified:{$ref:"#/defini\
tions/stringMap"}}},Be={wholeNumber:{minimum:"0",maximum:"65535"}};function H(t,{instancePath:i="",parentData:G,parentDataProperty:W,
rootData:f=t}={}){let r=null,e=0;return(typeof t=="bigint"||Number.isSafeInteger(t))&&t>=BigInt("0")&&t<=BigInt("65535")?
(H.errors=r,e===0):(H.errors=[{instancePath:i,keyword:"wholeNumber",params:{minimum:"0",maximum:"65535"}}],!1)}const qe={
type:"array",items:{type:"object",required:["major","minor","rate"],properties:{major:{$ref:"#/definitions/int64"},minor:{
$ref:"#/definitions/int64"},rate:{$ref:"#/definitions/uint64"}}}};function B(t,{instancePath:i="",parentData:G,parentDataProperty:W,
rootData:f=t}={}){let r=null,e=0;if(e===0)if(Array.isArray(t)){var n=!0;const l=t.length;for(let y=0;y<l;y++){let d=t[y];
const I=e;if(e===I)if(d&&typeof d=="object"&&!Array.isArray(d)){let D;if(d.major===void 0&&(D="major")||d.minor===void 0&&
(D="minor")||d.rate===void 0&&(D="rate"))return B.errors=[{instancePath:i+"/"+y,keyword:"required",params:{missingProperty:D}}],
!1;if(d.major!==void 0){const O=e;_(d.major,{instancePath:i+"/"+y+"/major",parentData:d,parentDataProperty:"major",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var m=O===e}else var m=!0;if(m){if(d.minor!==void 0){const O=e;_(d.minor,
{instancePath:i+"/"+y+"/minor",parentData:d,parentDataProperty:"minor",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var m=O===e}else var m=!0;if(m)if(d.rate!==void 0){const O=e;h(d.rate,{instancePath:i+"/"+y+"/rate",parentData:d,
parentDataProperty:"rate",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var m=O===e}else var m=!0}}else
return B.errors=[{instancePath:i+"/"+y,keyword:"type",params:{type:"object"}}],!1;var n=I===e;if(!n)break}}else return B.
errors=[{instancePath:i,keyword:"type",params:{type:"array"}}],!1;return B.errors=r,e===0}function T(t,{instancePath:i="",
parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){
if(t.devices!==void 0){let s=t.devices;const o=e;if(e===o)if(Array.isArray(s)){var n=!0;const k=s.length;for(let p=0;p<k;p++){
let u=s[p];const v=e;if(e===v)if(u&&typeof u=="object"&&!Array.isArray(u)){let R;if(u.allow===void 0&&(R="allow"))return T.
errors=[{instancePath:i+"/devices/"+p,keyword:"required",params:{missingProperty:R}}],!1;if(u.allow!==void 0){const g=e;
if(typeof u.allow!="boolean")return T.errors=[{instancePath:i+"/devices/"+p+"/allow",keyword:"type",params:{type:"boolea\
n"}}],!1;var m=g===e}else var m=!0;if(m){if(u.type!==void 0){let g=u.type;const E=e;if(!(g==="a"||g==="c"||g==="b"))return T.
errors=[{instancePath:i+"/devices/"+p+"/type",keyword:"enum",params:{allowedValues:me.properties.devices.items.properties.
type.enum}}],!1;var m=E===e}else var m=!0;if(m){if(u.major!==void 0){const g=e;_(u.major,{instancePath:i+"/devices/"+p+"\
/major",parentData:u,parentDataProperty:"major",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var m=g===
e}else var m=!0;if(m){if(u.minor!==void 0){const g=e;_(u.minor,{instancePath:i+"/devices/"+p+"/minor",parentData:u,parentDataProperty:"\
minor",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var m=g===e}else var m=!0;if(m)if(u.access!==void 0){
const g=e;if(typeof u.access!="string")return T.errors=[{instancePath:i+"/devices/"+p+"/access",keyword:"type",params:{type:"\
string"}}],!1;var m=g===e}else var m=!0}}}}else return T.errors=[{instancePath:i+"/devices/"+p,keyword:"type",params:{type:"\
object"}}],!1;var n=v===e;if(!n)break}}else return T.errors=[{instancePath:i+"/devices",keyword:"type",params:{type:"arr\
ay"}}],!1;var l=o===e}else var l=!0;if(l){if(t.memory!==void 0){let s=t.memory;const o=e;if(e===o)if(s&&typeof s=="objec\
t"&&!Array.isArray(s)){if(s.limit!==void 0){const p=e;_(s.limit,{instancePath:i+"/memory/limit",parentData:s,parentDataProperty:"\
limit",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.reservation!==
void 0){const p=e;_(s.reservation,{instancePath:i+"/memory/reservation",parentData:s,parentDataProperty:"reservation",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.swap!==void 0){const p=e;_(s.swap,
{instancePath:i+"/memory/swap",parentData:s,parentDataProperty:"swap",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var y=p===e}else var y=!0;if(y){if(s.kernel!==void 0){const p=e;_(s.kernel,{instancePath:i+"/memory/kernel",
parentData:s,parentDataProperty:"kernel",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else
var y=!0;if(y){if(s.kernelTCP!==void 0){const p=e;_(s.kernelTCP,{instancePath:i+"/memory/kernelTCP",parentData:s,parentDataProperty:"\
kernelTCP",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.swappiness!==
void 0){const p=e;h(s.swappiness,{instancePath:i+"/memory/swappiness",parentData:s,parentDataProperty:"swappiness",rootData:f})||
(r=r===null?h.errors:r.concat(h.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.disableOOMKiller!==void 0){const p=e;
if(typeof s.disableOOMKiller!="boolean")return T.errors=[{instancePath:i+"/memory/disableOOMKiller",keyword:"type",params:{
type:"boolean"}}],!1;var y=p===e}else var y=!0;if(y){if(s.useHierarchy!==void 0){const p=e;if(typeof s.useHierarchy!="bo\
olean")return T.errors=[{instancePath:i+"/memory/useHierarchy",keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else
var y=!0;if(y)if(s.checkBeforeUpdate!==void 0){const p=e;if(typeof s.checkBeforeUpdate!="boolean")return T.errors=[{instancePath:i+
"/memory/checkBeforeUpdate",keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else var y=!0}}}}}}}}else return T.errors=
[{instancePath:i+"/memory",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.cpu!==void 0){
let s=t.cpu;const o=e;if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.shares!==void 0){const p=e;h(s.shares,{
instancePath:i+"/cpu/shares",parentData:s,parentDataProperty:"shares",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),
e=r.length);var d=p===e}else var d=!0;if(d){if(s.quota!==void 0){const p=e;_(s.quota,{instancePath:i+"/cpu/quota",parentData:s,
parentDataProperty:"quota",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var d=p===e}else var d=!0;if(d){
if(s.burst!==void 0){const p=e;h(s.burst,{instancePath:i+"/cpu/burst",parentData:s,parentDataProperty:"burst",rootData:f})||
(r=r===null?h.errors:r.concat(h.errors),e=r.length);var d=p===e}else var d=!0;if(d){if(s.period!==void 0){const p=e;h(s.
period,{instancePath:i+"/cpu/period",parentData:s,parentDataProperty:"period",rootData:f})||(r=r===null?h.errors:r.concat(
h.errors),e=r.length);var d=p===e}else var d=!0;if(d){if(s.realtimeRuntime!==void 0){const p=e;_(s.realtimeRuntime,{instancePath:i+
"/cpu/realtimeRuntime",parentData:s,parentDataProperty:"realtimeRuntime",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var d=p===e}else var d=!0;if(d){if(s.realtimePeriod!==void 0){const p=e;h(s.realtimePeriod,{instancePath:i+"\
/cpu/realtimePeriod",parentData:s,parentDataProperty:"realtimePeriod",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),
e=r.length);var d=p===e}else var d=!0;if(d){if(s.cpus!==void 0){const p=e;if(typeof s.cpus!="string")return T.errors=[{instancePath:i+
"/cpu/cpus",keyword:"type",params:{type:"string"}}],!1;var d=p===e}else var d=!0;if(d){if(s.mems!==void 0){const p=e;if(typeof s.
mems!="string")return T.errors=[{instancePath:i+"/cpu/mems",keyword:"type",params:{type:"string"}}],!1;var d=p===e}else var d=!0;
if(d)if(s.idle!==void 0){const p=e;_(s.idle,{instancePath:i+"/cpu/idle",parentData:s,parentDataProperty:"idle",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var d=p===e}else var d=!0}}}}}}}}else return T.errors=[{instancePath:i+
"/cpu",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.pids!==void 0){let s=t.pids;const o=e;
if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s))s.limit!==void 0&&(_(s.limit,{instancePath:i+"/pids/limit",parentData:s,
parentDataProperty:"limit",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length));else return T.errors=[{instancePath:i+
"/pids",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.blockIO!==void 0){let s=t.blockIO;
const o=e;if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.weight!==void 0){const p=e;H(s.weight,{instancePath:i+
"/blockIO/weight",parentData:s,parentDataProperty:"weight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);
var I=p===e}else var I=!0;if(I){if(s.leafWeight!==void 0){const p=e;H(s.leafWeight,{instancePath:i+"/blockIO/leafWeight",
parentData:s,parentDataProperty:"leafWeight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);var I=p===
e}else var I=!0;if(I){if(s.weightDevice!==void 0){let p=s.weightDevice;const u=e;if(e===u)if(Array.isArray(p)){var P=!0;
const b=p.length;for(let R=0;R<b;R++){let g=p[R];const E=e;if(e===E)if(g&&typeof g=="object"&&!Array.isArray(g)){let Y;if(g.
major===void 0&&(Y="major")||g.minor===void 0&&(Y="minor"))return T.errors=[{instancePath:i+"/blockIO/weightDevice/"+R,keyword:"\
required",params:{missingProperty:Y}}],!1;if(g.major!==void 0){const U=e;_(g.major,{instancePath:i+"/blockIO/weightDevic\
e/"+R+"/major",parentData:g,parentDataProperty:"major",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);
var D=U===e}else var D=!0;if(D){if(g.minor!==void 0){const U=e;_(g.minor,{instancePath:i+"/blockIO/weightDevice/"+R+"/mi\
nor",parentData:g,parentDataProperty:"minor",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var D=U===
e}else var D=!0;if(D){if(g.weight!==void 0){const U=e;H(g.weight,{instancePath:i+"/blockIO/weightDevice/"+R+"/weight",parentData:g,
parentDataProperty:"weight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);var D=U===e}else var D=!0;
if(D)if(g.leafWeight!==void 0){const U=e;H(g.leafWeight,{instancePath:i+"/blockIO/weightDevice/"+R+"/leafWeight",parentData:g,
parentDataProperty:"leafWeight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);var D=U===e}else var D=!0}}}else
return T.errors=[{instancePath:i+"/blockIO/weightDevice/"+R,keyword:"type",params:{type:"object"}}],!1;var P=E===e;if(!P)
break}}else return T.errors=[{instancePath:i+"/blockIO/weightDevice",keyword:"type",params:{type:"array"}}],!1;var I=u===
e}else var I=!0;if(I){if(s.throttleReadBpsDevice!==void 0){const p=e;B(s.throttleReadBpsDevice,{instancePath:i+"/blockIO\
/throttleReadBpsDevice",parentData:s,parentDataProperty:"throttleReadBpsDevice",rootData:f})||(r=r===null?B.errors:r.concat(
B.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleWriteBpsDevice!==void 0){const p=e;B(s.throttleWriteBpsDevice,
{instancePath:i+"/blockIO/throttleWriteBpsDevice",parentData:s,parentDataProperty:"throttleWriteBpsDevice",rootData:f})||
(r=r===null?B.errors:r.concat(B.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleReadIOPSDevice!==void 0){
const p=e;B(s.throttleReadIOPSDevice,{instancePath:i+"/blockIO/throttleReadIOPSDevice",parentData:s,parentDataProperty:"\
throttleReadIOPSDevice",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),e=r.length);var I=p===e}else var I=!0;if(I)
if(s.throttleWriteIOPSDevice!==void 0){const p=e;B(s.throttleWriteIOPSDevice,{instancePath:i+"/blockIO/throttleWriteIOPS\
Device",parentData:s,parentDataProperty:"throttleWriteIOPSDevice",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),
e=r.length);var I=p===e}else var I=!0}}}}}}else return T.errors=[{instancePath:i+"/blockIO",keyword:"type",params:{type:"\
object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.hugepageLimits!==void 0){let s=t.hugepageLimits;const o=e;if(e===o)if(Array.
isArray(s)){var O=!0;const p=s.length;for(let u=0;u<p;u++){let v=s[u];const b=e;if(e===b)if(v&&typeof v=="object"&&!Array.
isArray(v)){let g;if(v.pageSize===void 0&&(g="pageSize")||v.limit===void 0&&(g="limit"))return T.errors=[{instancePath:i+
"/hugepageLimits/"+u,keyword:"required",params:{missingProperty:g}}],!1;if(v.pageSize!==void 0){const E=e;if(typeof v.pageSize!=
"string")return T.errors=[{instancePath:i+"/hugepageLimits/"+u+"/pageSize",keyword:"type",params:{type:"string"}}],!1;var N=E===
e}else var N=!0;if(N)if(v.limit!==void 0){const E=e;h(v.limit,{instancePath:i+"/hugepageLimits/"+u+"/limit",parentData:v,
parentDataProperty:"limit",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var N=E===e}else var N=!0}else
return T.errors=[{instancePath:i+"/hugepageLimits/"+u,keyword:"type",params:{type:"object"}}],!1;var O=b===e;if(!O)break}}else
return T.errors=[{instancePath:i+"/hugepageLimits",keyword:"type",params:{type:"array"}}],!1;var l=o===e}else var l=!0;if(l){
if(t.network!==void 0){let s=t.network;const o=e;if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.classID!==void 0){
const p=e;S(s.classID,{instancePath:i+"/network/classID",parentData:s,parentDataProperty:"classID",rootData:f})||(r=r===
null?S.errors:r.concat(S.errors),e=r.length);var j=p===e}else var j=!0;if(j)if(s.priorities!==void 0){let p=s.priorities;
const u=e;if(e===u)if(Array.isArray(p)){var c=!0;const b=p.length;for(let R=0;R<b;R++){let g=p[R];const E=e;if(e===E)if(g&&
typeof g=="object"&&!Array.isArray(g)){let Y;if(g.name===void 0&&(Y="name")||g.priority===void 0&&(Y="priority"))return T.
errors=[{instancePath:i+"/network/priorities/"+R,keyword:"required",params:{missingProperty:Y}}],!1;if(g.name!==void 0){
const U=e;if(typeof g.name!="string")return T.errors=[{instancePath:i+"/network/priorities/"+R+"/name",keyword:"type",params:{
type:"string"}}],!1;var a=U===e}else var a=!0;if(a)if(g.priority!==void 0){const U=e;S(g.priority,{instancePath:i+"/netw\
ork/priorities/"+R+"/priority",parentData:g,parentDataProperty:"priority",rootData:f})||(r=r===null?S.errors:r.concat(S.
errors),e=r.length);var a=U===e}else var a=!0}else return T.errors=[{instancePath:i+"/network/priorities/"+R,keyword:"ty\
pe",params:{type:"object"}}],!1;var c=E===e;if(!c)break}}else return T.errors=[{instancePath:i+"/network/priorities",keyword:"\
type",params:{type:"array"}}],!1;var j=u===e}else var j=!0}else return T.errors=[{instancePath:i+"/network",keyword:"typ\
e",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.rdma!==void 0){let s=t.rdma;const o=e;if(e===o)if(s&&
typeof s=="object"&&!Array.isArray(s))for(const p in s){let u=s[p];const v=e;if(e===v)if(u&&typeof u=="object"&&!Array.isArray(
u)){if(u.hcaHandles!==void 0){const b=e;S(u.hcaHandles,{instancePath:i+"/rdma/"+p.replace(/~/g,"~0").replace(/\//g,"~1")+
"/hcaHandles",parentData:u,parentDataProperty:"hcaHandles",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);
var A=b===e}else var A=!0;if(A)if(u.hcaObjects!==void 0){const b=e;S(u.hcaObjects,{instancePath:i+"/rdma/"+p.replace(/~/g,
"~0").replace(/\//g,"~1")+"/hcaObjects",parentData:u,parentDataProperty:"hcaObjects",rootData:f})||(r=r===null?S.errors:
r.concat(S.errors),e=r.length);var A=b===e}else var A=!0}else return T.errors=[{instancePath:i+"/rdma/"+p.replace(/~/g,"\
~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],!1;var L=v===e;if(!L)break}else return T.errors=[{instancePath:i+
"/rdma",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l)if(t.unified!==void 0){const s=e;Z(t.unified,
{instancePath:i+"/unified",parentData:t,parentDataProperty:"unified",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),
e=r.length);var l=s===e}else var l=!0}}}}}}}}else return T.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],
!1;return T.errors=r,e===0}const He={type:"object",required:["defaultAction"],properties:{defaultAction:{type:"string"},
defaultErrnoRet:{$ref:"#/definitions/uint32"},architectures:{$ref:"#/definitions/strings"},flags:{$ref:"#/definitions/st\
rings"},listenerPath:{type:"string"},listenerMetadata:{type:"string"},syscalls:{type:"array",items:{type:"object",required:[
"names","action"],properties:{names:{$ref:"#/definitions/strings"},action:{type:"string"},errnoRet:{$ref:"#/definitions/\
uint32"},args:{type:"array",items:{type:"object",required:["index","value","op"],properties:{index:{$ref:"#/definitions/\
uint32"},value:{$ref:"#/definitions/uint64"},valueTwo:{$ref:"#/definitions/uint64"},op:{type:"string"}}}}}}}}};function V(t,{
instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&
!Array.isArray(t)){let I;if(t.defaultAction===void 0&&(I="defaultAction"))return V.errors=[{instancePath:i,keyword:"requ\
ired",params:{missingProperty:I}}],!1;if(t.defaultAction!==void 0){const P=e;if(typeof t.defaultAction!="string")return V.
errors=[{instancePath:i+"/defaultAction",keyword:"type",params:{type:"string"}}],!1;var n=P===e}else var n=!0;if(n){if(t.
defaultErrnoRet!==void 0){const P=e;S(t.defaultErrnoRet,{instancePath:i+"/defaultErrnoRet",parentData:t,parentDataProperty:"\
defaultErrnoRet",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);var n=P===e}else var n=!0;if(n){if(t.
architectures!==void 0){const P=e;w(t.architectures,{instancePath:i+"/architectures",parentData:t,parentDataProperty:"ar\
chitectures",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var n=P===e}else var n=!0;if(n){if(t.flags!==
void 0){const P=e;w(t.flags,{instancePath:i+"/flags",parentData:t,parentDataProperty:"flags",rootData:f})||(r=r===null?w.
errors:r.concat(w.errors),e=r.length);var n=P===e}else var n=!0;if(n){if(t.listenerPath!==void 0){const P=e;if(typeof t.
listenerPath!="string")return V.errors=[{instancePath:i+"/listenerPath",keyword:"type",params:{type:"string"}}],!1;var n=P===
e}else var n=!0;if(n){if(t.listenerMetadata!==void 0){const P=e;if(typeof t.listenerMetadata!="string")return V.errors=[
{instancePath:i+"/listenerMetadata",keyword:"type",params:{type:"string"}}],!1;var n=P===e}else var n=!0;if(n)if(t.syscalls!==
void 0){let P=t.syscalls;const D=e;if(e===D)if(Array.isArray(P)){var m=!0;const N=P.length;for(let j=0;j<N;j++){let c=P[j];
const a=e;if(e===a)if(c&&typeof c=="object"&&!Array.isArray(c)){let L;if(c.names===void 0&&(L="names")||c.action===void 0&&
(L="action"))return V.errors=[{instancePath:i+"/syscalls/"+j,keyword:"required",params:{missingProperty:L}}],!1;if(c.names!==
void 0){const s=e;w(c.names,{instancePath:i+"/syscalls/"+j+"/names",parentData:c,parentDataProperty:"names",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var l=s===e}else var l=!0;if(l){if(c.action!==void 0){const s=e;if(typeof c.
action!="string")return V.errors=[{instancePath:i+"/syscalls/"+j+"/action",keyword:"type",params:{type:"string"}}],!1;var l=s===
e}else var l=!0;if(l){if(c.errnoRet!==void 0){const s=e;S(c.errnoRet,{instancePath:i+"/syscalls/"+j+"/errnoRet",parentData:c,
parentDataProperty:"errnoRet",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);var l=s===e}else var l=!0;
if(l)if(c.args!==void 0){let s=c.args;const o=e;if(e===o)if(Array.isArray(s)){var y=!0;const p=s.length;for(let u=0;u<p;u++){
let v=s[u];const b=e;if(e===b)if(v&&typeof v=="object"&&!Array.isArray(v)){let g;if(v.index===void 0&&(g="index")||v.value===
void 0&&(g="value")||v.op===void 0&&(g="op"))return V.errors=[{instancePath:i+"/syscalls/"+j+"/args/"+u,keyword:"require\
d",params:{missingProperty:g}}],!1;if(v.index!==void 0){const E=e;S(v.index,{instancePath:i+"/syscalls/"+j+"/args/"+u+"/\
index",parentData:v,parentDataProperty:"index",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);var d=E===
e}else var d=!0;if(d){if(v.value!==void 0){const E=e;h(v.value,{instancePath:i+"/syscalls/"+j+"/args/"+u+"/value",parentData:v,
parentDataProperty:"value",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var d=E===e}else var d=!0;if(d){
if(v.valueTwo!==void 0){const E=e;h(v.valueTwo,{instancePath:i+"/syscalls/"+j+"/args/"+u+"/valueTwo",parentData:v,parentDataProperty:"\
valueTwo",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var d=E===e}else var d=!0;if(d)if(v.op!==void 0){
const E=e;if(typeof v.op!="string")return V.errors=[{instancePath:i+"/syscalls/"+j+"/args/"+u+"/op",keyword:"type",params:{
type:"string"}}],!1;var d=E===e}else var d=!0}}}else return V.errors=[{instancePath:i+"/syscalls/"+j+"/args/"+u,keyword:"\
type",params:{type:"object"}}],!1;var y=b===e;if(!y)break}}else return V.errors=[{instancePath:i+"/syscalls/"+j+"/args",
keyword:"type",params:{type:"array"}}],!1;var l=o===e}else var l=!0}}}else return V.errors=[{instancePath:i+"/syscalls/"+
j,keyword:"type",params:{type:"object"}}],!1;var m=a===e;if(!m)break}}else return V.errors=[{instancePath:i+"/syscalls",
keyword:"type",params:{type:"array"}}],!1;var n=D===e}else var n=!0}}}}}}else return V.errors=[{instancePath:i,keyword:"\
type",params:{type:"object"}}],!1;return V.errors=r,e===0}function C(t,{instancePath:i="",parentData:G,parentDataProperty:W,
rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){if(t.namespaces!==void 0){let c=t.
namespaces;const a=e;if(e===a)if(Array.isArray(c)){var n=!0;const A=c.length;for(let L=0;L<A;L++){let s=c[L];const o=e;if(e===
o)if(s&&typeof s=="object"&&!Array.isArray(s)){let p;if(s.type===void 0&&(p="type"))return C.errors=[{instancePath:i+"/n\
amespaces/"+L,keyword:"required",params:{missingProperty:p}}],!1;if(s.type!==void 0){let u=s.type;const v=e;if(!(u==="pi\
d"||u==="network"||u==="mount"||u==="ipc"||u==="uts"||u==="user"||u==="cgroup"||u==="time"))return C.errors=[{instancePath:i+
"/namespaces/"+L+"/type",keyword:"enum",params:{allowedValues:de.properties.namespaces.items.properties.type.enum}}],!1;
var m=v===e}else var m=!0;if(m)if(s.path!==void 0){const u=e;if(typeof s.path!="string")return C.errors=[{instancePath:i+
"/namespaces/"+L+"/path",keyword:"type",params:{type:"string"}}],!1;var m=u===e}else var m=!0}else return C.errors=[{instancePath:i+
"/namespaces/"+L,keyword:"type",params:{type:"object"}}],!1;var n=o===e;if(!n)break}}else return C.errors=[{instancePath:i+
"/namespaces",keyword:"type",params:{type:"array"}}],!1;var l=a===e}else var l=!0;if(l){if(t.uidMappings!==void 0){const c=e;
ee(t.uidMappings,{instancePath:i+"/uidMappings",parentData:t,parentDataProperty:"uidMappings",rootData:f})||(r=r===null?
ee.errors:r.concat(ee.errors),e=r.length);var l=c===e}else var l=!0;if(l){if(t.gidMappings!==void 0){const c=e;ee(t.gidMappings,
{instancePath:i+"/gidMappings",parentData:t,parentDataProperty:"gidMappings",rootData:f})||(r=r===null?ee.errors:r.concat(
ee.errors),e=r.length);var l=c===e}else var l=!0;if(l){if(t.timeOffsets!==void 0){let c=t.timeOffsets;const a=e;if(e===a)
if(c&&typeof c=="object"&&!Array.isArray(c))for(const L in c){let s=c[L];const o=e;if(e===o)if(s&&typeof s=="object"&&!Array.
isArray(s)){if(s.secs!==void 0){const k=e;_(s.secs,{instancePath:i+"/timeOffsets/"+L.replace(/~/g,"~0").replace(/\//g,"~\
1")+"/secs",parentData:s,parentDataProperty:"secs",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=k===
e}else var y=!0;if(y)if(s.nanosecs!==void 0){let k=s.nanosecs;const p=e;if(!((typeof k=="bigint"||Number.isSafeInteger(k))&&
k>=BigInt("0")&&k<=BigInt("999999999")))return C.errors=[{instancePath:i+"/timeOffsets/"+L.replace(/~/g,"~0").replace(/\//g,
"~1")+"/nanosecs",keyword:"wholeNumber",params:{minimum:"0",maximum:"999999999"}}],!1;var y=p===e}else var y=!0}else return C.
errors=[{instancePath:i+"/timeOffsets/"+L.replace(/~/g,"~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],
!1;var d=o===e;if(!d)break}else return C.errors=[{instancePath:i+"/timeOffsets",keyword:"type",params:{type:"object"}}],
!1;var l=a===e}else var l=!0;if(l){if(t.devices!==void 0){let c=t.devices;const a=e;if(e===a)if(Array.isArray(c)){var I=!0;
const L=c.length;for(let s=0;s<L;s++){let o=c[s];const k=e;if(e===k)if(o&&typeof o=="object"&&!Array.isArray(o)){let u;if(o.
path===void 0&&(u="path")||o.type===void 0&&(u="type"))return C.errors=[{instancePath:i+"/devices/"+s,keyword:"required",
params:{missingProperty:u}}],!1;if(o.path!==void 0){const v=e;if(typeof o.path!="string")return C.errors=[{instancePath:i+
"/devices/"+s+"/path",keyword:"type",params:{type:"string"}}],!1;var P=v===e}else var P=!0;if(P){if(o.type!==void 0){let v=o.
type;const b=e;if(!(v==="c"||v==="b"||v==="u"||v==="p"))return C.errors=[{instancePath:i+"/devices/"+s+"/type",keyword:"\
enum",params:{allowedValues:de.properties.devices.items.properties.type.enum}}],!1;var P=b===e}else var P=!0;if(P){if(o.
major!==void 0){const v=e;_(o.major,{instancePath:i+"/devices/"+s+"/major",parentData:o,parentDataProperty:"major",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var P=v===e}else var P=!0;if(P){if(o.minor!==void 0){const v=e;_(o.minor,
{instancePath:i+"/devices/"+s+"/minor",parentData:o,parentDataProperty:"minor",rootData:f})||(r=r===null?_.errors:r.concat(
_.errors),e=r.length);var P=v===e}else var P=!0;if(P){if(o.fileMode!==void 0){const v=e;S(o.fileMode,{instancePath:i+"/d\
evices/"+s+"/fileMode",parentData:o,parentDataProperty:"fileMode",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),
e=r.length);var P=v===e}else var P=!0;if(P){if(o.uid!==void 0){const v=e;q(o.uid,{instancePath:i+"/devices/"+s+"/uid",parentData:o,
parentDataProperty:"uid",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var P=v===e}else var P=!0;if(P)
if(o.gid!==void 0){const v=e;q(o.gid,{instancePath:i+"/devices/"+s+"/gid",parentData:o,parentDataProperty:"gid",rootData:f})||
(r=r===null?q.errors:r.concat(q.errors),e=r.length);var P=v===e}else var P=!0}}}}}}else return C.errors=[{instancePath:i+
"/devices/"+s,keyword:"type",params:{type:"object"}}],!1;var I=k===e;if(!I)break}}else return C.errors=[{instancePath:i+
"/devices",keyword:"type",params:{type:"array"}}],!1;var l=a===e}else var l=!0;if(l){if(t.netDevices!==void 0){let c=t.netDevices;
const a=e;if(e===a)if(c&&typeof c=="object"&&!Array.isArray(c))for(const L in c){let s=c[L];const o=e;if(e===o)if(s&&typeof s==
"object"&&!Array.isArray(s)){if(s.name!==void 0&&typeof s.name!="string")return C.errors=[{instancePath:i+"/netDevices/"+
L.replace(/~/g,"~0").replace(/\//g,"~1")+"/name",keyword:"type",params:{type:"string"}}],!1}else return C.errors=[{instancePath:i+
"/netDevices/"+L.replace(/~/g,"~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],!1;var D=o===e;if(!D)break}else
return C.errors=[{instancePath:i+"/netDevices",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){
if(t.cgroupsPath!==void 0){const c=e;if(typeof t.cgroupsPath!="string")return C.errors=[{instancePath:i+"/cgroupsPath",keyword:"\
type",params:{type:"string"}}],!1;var l=c===e}else var l=!0;if(l){if(t.resources!==void 0){const c=e;T(t.resources,{instancePath:i+
"/resources",parentData:t,parentDataProperty:"resources",rootData:f})||(r=r===null?T.errors:r.concat(T.errors),e=r.length);
var l=c===e}else var l=!0;if(l){if(t.sysctl!==void 0){const c=e;Z(t.sysctl,{instancePath:i+"/sysctl",parentData:t,parentDataProperty:"\
sysctl",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),e=r.length);var l=c===e}else var l=!0;if(l){if(t.seccomp!==
void 0){const c=e;V(t.seccomp,{instancePath:i+"/seccomp",parentData:t,parentDataProperty:"seccomp",rootData:f})||(r=r===
null?V.errors:r.concat(V.errors),e=r.length);var l=c===e}else var l=!0;if(l){if(t.rootfsPropagation!==void 0){let c=t.rootfsPropagation;
const a=e;if(!(c==="shared"||c==="slave"||c==="private"||c==="unbindable"||c==="rshared"||c==="rslave"||c==="rprivate"||
c==="runbindable"))return C.errors=[{instancePath:i+"/rootfsPropagation",keyword:"enum",params:{allowedValues:de.properties.
rootfsPropagation.enum}}],!1;var l=a===e}else var l=!0;if(l){if(t.maskedPaths!==void 0){const c=e;w(t.maskedPaths,{instancePath:i+
"/maskedPaths",parentData:t,parentDataProperty:"maskedPaths",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);
var l=c===e}else var l=!0;if(l){if(t.readonlyPaths!==void 0){const c=e;w(t.readonlyPaths,{instancePath:i+"/readonlyPaths",
parentData:t,parentDataProperty:"readonlyPaths",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var l=c===
e}else var l=!0;if(l){if(t.mountLabel!==void 0){const c=e;if(typeof t.mountLabel!="string")return C.errors=[{instancePath:i+
"/mountLabel",keyword:"type",params:{type:"string"}}],!1;var l=c===e}else var l=!0;if(l){if(t.intelRdt!==void 0){let c=t.
intelRdt;const a=e;if(e===a)if(c&&typeof c=="object"&&!Array.isArray(c)){if(c.closID!==void 0){const L=e;if(typeof c.closID!=
"string")return C.errors=[{instancePath:i+"/intelRdt/closID",keyword:"type",params:{type:"string"}}],!1;var O=L===e}else
var O=!0;if(O){if(c.schemata!==void 0){const L=e;w(c.schemata,{instancePath:i+"/intelRdt/schemata",parentData:c,parentDataProperty:"\
schemata",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var O=L===e}else var O=!0;if(O){if(c.l3CacheSchema!==
void 0){const L=e;if(typeof c.l3CacheSchema!="string")return C.errors=[{instancePath:i+"/intelRdt/l3CacheSchema",keyword:"\
type",params:{type:"string"}}],!1;var O=L===e}else var O=!0;if(O){if(c.memBwSchema!==void 0){const L=e;if(typeof c.memBwSchema!=
"string")return C.errors=[{instancePath:i+"/intelRdt/memBwSchema",keyword:"type",params:{type:"string"}}],!1;var O=L===e}else
var O=!0;if(O)if(c.enableMonitoring!==void 0){const L=e;if(typeof c.enableMonitoring!="boolean")return C.errors=[{instancePath:i+
"/intelRdt/enableMonitoring",keyword:"type",params:{type:"boolean"}}],!1;var O=L===e}else var O=!0}}}}else return C.errors=
[{instancePath:i+"/intelRdt",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l){if(t.memoryPolicy!==
void 0){let c=t.memoryPolicy;const a=e;if(e===a)if(c&&typeof c=="object"&&!Array.isArray(c)){let L;if(c.mode===void 0&&(L=
"mode"))return C.errors=[{instancePath:i+"/memoryPolicy",keyword:"required",params:{missingProperty:L}}],!1;if(c.mode!==
void 0){const s=e;if(typeof c.mode!="string")return C.errors=[{instancePath:i+"/memoryPolicy/mode",keyword:"type",params:{
type:"string"}}],!1;var N=s===e}else var N=!0;if(N){if(c.nodes!==void 0){const s=e;if(typeof c.nodes!="string")return C.
errors=[{instancePath:i+"/memoryPolicy/nodes",keyword:"type",params:{type:"string"}}],!1;var N=s===e}else var N=!0;if(N)
if(c.flags!==void 0){const s=e;w(c.flags,{instancePath:i+"/memoryPolicy/flags",parentData:c,parentDataProperty:"flags",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var N=s===e}else var N=!0}}else return C.errors=[{instancePath:i+"/m\
emoryPolicy",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0;if(l)if(t.personality!==void 0){let c=t.
personality;const a=e;if(e===a)if(c&&typeof c=="object"&&!Array.isArray(c)){let L;if(c.domain===void 0&&(L="domain"))return C.
errors=[{instancePath:i+"/personality",keyword:"required",params:{missingProperty:L}}],!1;if(c.domain!==void 0){let s=c.
domain;const o=e;if(!(s==="LINUX"||s==="LINUX32"))return C.errors=[{instancePath:i+"/personality/domain",keyword:"enum",
params:{allowedValues:de.properties.personality.properties.domain.enum}}],!1;var j=o===e}else var j=!0;if(j)if(c.flags!==
void 0){const s=e;w(c.flags,{instancePath:i+"/personality/flags",parentData:c,parentDataProperty:"flags",rootData:f})||(r=
r===null?w.errors:r.concat(w.errors),e=r.length);var j=s===e}else var j=!0}else return C.errors=[{instancePath:i+"/perso\
nality",keyword:"type",params:{type:"object"}}],!1;var l=a===e}else var l=!0}}}}}}}}}}}}}}}}else return C.errors=[{instancePath:i,
keyword:"type",params:{type:"object"}}],!1;return C.errors=r,e===0}const ze={type:"object"};function X(t,{instancePath:i="",
parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;return t&&typeof t=="object"&&!Array.isArray(t)?(X.errors=
r,e===0):(X.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1)}function ae(t,{instancePath:i="",parentData:G,
parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){let l;if(t.ociVersion===
void 0&&(l="ociVersion")||t.root===void 0&&(l="root")||t.process===void 0&&(l="process"))return ae.errors=[{instancePath:i,
keyword:"required",params:{missingProperty:l}}],!1;if(t.ociVersion!==void 0){const y=e;if(typeof t.ociVersion!="string")
return ae.errors=[{instancePath:i+"/ociVersion",keyword:"type",params:{type:"string"}}],!1;var n=y===e}else var n=!0;if(n){
if(t.root!==void 0){const y=e;te(t.root,{instancePath:i+"/root",parentData:t,parentDataProperty:"root",rootData:f})||(r=
r===null?te.errors:r.concat(te.errors),e=r.length);var n=y===e}else var n=!0;if(n){if(t.process!==void 0){const y=e;M(t.
process,{instancePath:i+"/process",parentData:t,parentDataProperty:"process",rootData:f})||(r=r===null?M.errors:r.concat(
M.errors),e=r.length);var n=y===e}else var n=!0;if(n){if(t.hostname!==void 0){const y=e;if(typeof t.hostname!="string")return ae.
errors=[{instancePath:i+"/hostname",keyword:"type",params:{type:"string"}}],!1;var n=y===e}else var n=!0;if(n){if(t.domainname!==
void 0){const y=e;if(typeof t.domainname!="string")return ae.errors=[{instancePath:i+"/domainname",keyword:"type",params:{
type:"string"}}],!1;var n=y===e}else var n=!0;if(n){if(t.mounts!==void 0){let y=t.mounts;const d=e;if(e===d)if(Array.isArray(
y)){var m=!0;const P=y.length;for(let D=0;D<P;D++){const O=e;ie(y[D],{instancePath:i+"/mounts/"+D,parentData:y,parentDataProperty:D,
rootData:f})||(r=r===null?ie.errors:r.concat(ie.errors),e=r.length);var m=O===e;if(!m)break}}else return ae.errors=[{instancePath:i+
"/mounts",keyword:"type",params:{type:"array"}}],!1;var n=d===e}else var n=!0;if(n){if(t.hooks!==void 0){const y=e;le(t.
hooks,{instancePath:i+"/hooks",parentData:t,parentDataProperty:"hooks",rootData:f})||(r=r===null?le.errors:r.concat(le.errors),
e=r.length);var n=y===e}else var n=!0;if(n){if(t.annotations!==void 0){const y=e;Z(t.annotations,{instancePath:i+"/annot\
ations",parentData:t,parentDataProperty:"annotations",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),e=r.length);
var n=y===e}else var n=!0;if(n){if(t.linux!==void 0){const y=e;C(t.linux,{instancePath:i+"/linux",parentData:t,parentDataProperty:"\
linux",rootData:f})||(r=r===null?C.errors:r.concat(C.errors),e=r.length);var n=y===e}else var n=!0;if(n){if(t.windows!==
void 0){const y=e;X(t.windows,{instancePath:i+"/windows",parentData:t,parentDataProperty:"windows",rootData:f})||(r=r===
null?X.errors:r.concat(X.errors),e=r.length);var n=y===e}else var n=!0;if(n){if(t.solaris!==void 0){const y=e;X(t.solaris,
{instancePath:i+"/solaris",parentData:t,parentDataProperty:"solaris",rootData:f})||(r=r===null?X.errors:r.concat(X.errors),
e=r.length);var n=y===e}else var n=!0;if(n){if(t.freebsd!==void 0){const y=e;X(t.freebsd,{instancePath:i+"/freebsd",parentData:t,
parentDataProperty:"freebsd",rootData:f})||(r=r===null?X.errors:r.concat(X.errors),e=r.length);var n=y===e}else var n=!0;
if(n){if(t.vm!==void 0){const y=e;X(t.vm,{instancePath:i+"/vm",parentData:t,parentDataProperty:"vm",rootData:f})||(r=r===
null?X.errors:r.concat(X.errors),e=r.length);var n=y===e}else var n=!0;if(n)if(t.zos!==void 0){const y=e;X(t.zos,{instancePath:i+
"/zos",parentData:t,parentDataProperty:"zos",rootData:f})||(r=r===null?X.errors:r.concat(X.errors),e=r.length);var n=y===
e}else var n=!0}}}}}}}}}}}}}else return ae.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1;return ae.
errors=r,e===0}export const validateProcess=$;function $(t,{instancePath:i="",parentData:G,parentDataProperty:W,rootData:f=t}={}){
let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){let c;if(t.args===void 0&&(c="args")||t.cwd===void 0&&
(c="cwd"))return $.errors=[{instancePath:i,keyword:"required",params:{missingProperty:c}}],!1;if(t.terminal!==void 0){const a=e;
if(typeof t.terminal!="boolean")return $.errors=[{instancePath:i+"/terminal",keyword:"type",params:{type:"boolean"}}],!1;
var n=a===e}else var n=!0;if(n){if(t.consoleSize!==void 0){let a=t.consoleSize;const A=e;if(e===A)if(a&&typeof a=="objec\
t"&&!Array.isArray(a)){let s;if(a.height===void 0&&(s="height")||a.width===void 0&&(s="width"))return $.errors=[{instancePath:i+
"/consoleSize",keyword:"required",params:{missingProperty:s}}],!1;if(a.height!==void 0){const o=e;h(a.height,{instancePath:i+
"/consoleSize/height",parentData:a,parentDataProperty:"height",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.
length);var m=o===e}else var m=!0;if(m)if(a.width!==void 0){const o=e;h(a.width,{instancePath:i+"/consoleSize/width",parentData:a,
parentDataProperty:"width",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var m=o===e}else var m=!0}else
return $.errors=[{instancePath:i+"/consoleSize",keyword:"type",params:{type:"object"}}],!1;var n=A===e}else var n=!0;if(n){
if(t.user!==void 0){let a=t.user;const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){if(a.uid!==void 0){const s=e;
q(a.uid,{instancePath:i+"/user/uid",parentData:a,parentDataProperty:"uid",rootData:f})||(r=r===null?q.errors:r.concat(q.
errors),e=r.length);var l=s===e}else var l=!0;if(l){if(a.gid!==void 0){const s=e;q(a.gid,{instancePath:i+"/user/gid",parentData:a,
parentDataProperty:"gid",rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var l=s===e}else var l=!0;if(l){
if(a.umask!==void 0){let s=a.umask;const o=e;if(!((typeof s=="bigint"||Number.isSafeInteger(s))&&s>=BigInt("0")&&s<=BigInt(
"511")))return $.errors=[{instancePath:i+"/user/umask",keyword:"wholeNumber",params:{minimum:"0",maximum:"511"}}],!1;var l=o===
e}else var l=!0;if(l){if(a.additionalGids!==void 0){let s=a.additionalGids;const o=e;if(e===o)if(Array.isArray(s)){var y=!0;
const p=s.length;for(let u=0;u<p;u++){const v=e;q(s[u],{instancePath:i+"/user/additionalGids/"+u,parentData:s,parentDataProperty:u,
rootData:f})||(r=r===null?q.errors:r.concat(q.errors),e=r.length);var y=v===e;if(!y)break}}else return $.errors=[{instancePath:i+
"/user/additionalGids",keyword:"type",params:{type:"array"}}],!1;var l=o===e}else var l=!0;if(l)if(a.username!==void 0){
const s=e;if(typeof a.username!="string")return $.errors=[{instancePath:i+"/user/username",keyword:"type",params:{type:"\
string"}}],!1;var l=s===e}else var l=!0}}}}else return $.errors=[{instancePath:i+"/user",keyword:"type",params:{type:"ob\
ject"}}],!1;var n=A===e}else var n=!0;if(n){if(t.args!==void 0){const a=e;w(t.args,{instancePath:i+"/args",parentData:t,
parentDataProperty:"args",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var n=a===e}else var n=!0;if(n){
if(t.env!==void 0){const a=e;w(t.env,{instancePath:i+"/env",parentData:t,parentDataProperty:"env",rootData:f})||(r=r===null?
w.errors:r.concat(w.errors),e=r.length);var n=a===e}else var n=!0;if(n){if(t.cwd!==void 0){const a=e;if(typeof t.cwd!="s\
tring")return $.errors=[{instancePath:i+"/cwd",keyword:"type",params:{type:"string"}}],!1;var n=a===e}else var n=!0;if(n){
if(t.capabilities!==void 0){let a=t.capabilities;const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){if(a.bounding!==
void 0){const s=e;w(a.bounding,{instancePath:i+"/capabilities/bounding",parentData:a,parentDataProperty:"bounding",rootData:f})||
(r=r===null?w.errors:r.concat(w.errors),e=r.length);var d=s===e}else var d=!0;if(d){if(a.effective!==void 0){const s=e;w(
a.effective,{instancePath:i+"/capabilities/effective",parentData:a,parentDataProperty:"effective",rootData:f})||(r=r===null?
w.errors:r.concat(w.errors),e=r.length);var d=s===e}else var d=!0;if(d){if(a.inheritable!==void 0){const s=e;w(a.inheritable,
{instancePath:i+"/capabilities/inheritable",parentData:a,parentDataProperty:"inheritable",rootData:f})||(r=r===null?w.errors:
r.concat(w.errors),e=r.length);var d=s===e}else var d=!0;if(d){if(a.permitted!==void 0){const s=e;w(a.permitted,{instancePath:i+
"/capabilities/permitted",parentData:a,parentDataProperty:"permitted",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),
e=r.length);var d=s===e}else var d=!0;if(d)if(a.ambient!==void 0){const s=e;w(a.ambient,{instancePath:i+"/capabilities/a\
mbient",parentData:a,parentDataProperty:"ambient",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var d=s===
e}else var d=!0}}}}else return $.errors=[{instancePath:i+"/capabilities",keyword:"type",params:{type:"object"}}],!1;var n=A===
e}else var n=!0;if(n){if(t.rlimits!==void 0){let a=t.rlimits;const A=e;if(e===A)if(Array.isArray(a)){var I=!0;const s=a.
length;for(let o=0;o<s;o++){let k=a[o];const p=e;if(e===p)if(k&&typeof k=="object"&&!Array.isArray(k)){let v;if(k.type===
void 0&&(v="type")||k.soft===void 0&&(v="soft")||k.hard===void 0&&(v="hard"))return $.errors=[{instancePath:i+"/rlimits/"+
o,keyword:"required",params:{missingProperty:v}}],!1;if(k.type!==void 0){let b=k.type;const R=e;if(!(b==="RLIMIT_AS"||b===
"RLIMIT_CORE"||b==="RLIMIT_CPU"||b==="RLIMIT_DATA"||b==="RLIMIT_FSIZE"||b==="RLIMIT_LOCKS"||b==="RLIMIT_MEMLOCK"||b==="R\
LIMIT_MSGQUEUE"||b==="RLIMIT_NICE"||b==="RLIMIT_NOFILE"||b==="RLIMIT_NPROC"||b==="RLIMIT_RSS"||b==="RLIMIT_RTPRIO"||b===
"RLIMIT_RTTIME"||b==="RLIMIT_SIGPENDING"||b==="RLIMIT_STACK"))return $.errors=[{instancePath:i+"/rlimits/"+o+"/type",keyword:"\
enum",params:{allowedValues:se.properties.rlimits.items.properties.type.enum}}],!1;var P=R===e}else var P=!0;if(P){if(k.
soft!==void 0){const b=e;h(k.soft,{instancePath:i+"/rlimits/"+o+"/soft",parentData:k,parentDataProperty:"soft",rootData:f})||
(r=r===null?h.errors:r.concat(h.errors),e=r.length);var P=b===e}else var P=!0;if(P)if(k.hard!==void 0){const b=e;h(k.hard,
{instancePath:i+"/rlimits/"+o+"/hard",parentData:k,parentDataProperty:"hard",rootData:f})||(r=r===null?h.errors:r.concat(
h.errors),e=r.length);var P=b===e}else var P=!0}}else return $.errors=[{instancePath:i+"/rlimits/"+o,keyword:"type",params:{
type:"object"}}],!1;var I=p===e;if(!I)break}}else return $.errors=[{instancePath:i+"/rlimits",keyword:"type",params:{type:"\
array"}}],!1;var n=A===e}else var n=!0;if(n){if(t.noNewPrivileges!==void 0){const a=e;if(typeof t.noNewPrivileges!="bool\
ean")return $.errors=[{instancePath:i+"/noNewPrivileges",keyword:"type",params:{type:"boolean"}}],!1;var n=a===e}else var n=!0;
if(n){if(t.apparmorProfile!==void 0){const a=e;if(typeof t.apparmorProfile!="string")return $.errors=[{instancePath:i+"/\
apparmorProfile",keyword:"type",params:{type:"string"}}],!1;var n=a===e}else var n=!0;if(n){if(t.oomScoreAdj!==void 0){let a=t.
oomScoreAdj;const A=e;if(!((typeof a=="bigint"||Number.isSafeInteger(a))&&a>=BigInt("-1000")&&a<=BigInt("1000")))return $.
errors=[{instancePath:i+"/oomScoreAdj",keyword:"wholeNumber",params:{minimum:"-1000",maximum:"1000"}}],!1;var n=A===e}else
var n=!0;if(n){if(t.scheduler!==void 0){let a=t.scheduler;const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){
let s;if(a.policy===void 0&&(s="policy"))return $.errors=[{instancePath:i+"/scheduler",keyword:"required",params:{missingProperty:s}}],
!1;if(a.policy!==void 0){let o=a.policy;const k=e;if(!(o==="SCHED_OTHER"||o==="SCHED_FIFO"||o==="SCHED_RR"||o==="SCHED_B\
ATCH"||o==="SCHED_ISO"||o==="SCHED_IDLE"||o==="SCHED_DEADLINE"))return $.errors=[{instancePath:i+"/scheduler/policy",keyword:"\
enum",params:{allowedValues:se.properties.scheduler.properties.policy.enum}}],!1;var D=k===e}else var D=!0;if(D){if(a.nice!==
void 0){let o=a.nice;const k=e;if(!((typeof o=="bigint"||Number.isSafeInteger(o))&&o>=BigInt("-20")&&o<=BigInt("19")))return $.
errors=[{instancePath:i+"/scheduler/nice",keyword:"wholeNumber",params:{minimum:"-20",maximum:"19"}}],!1;var D=k===e}else
var D=!0;if(D){if(a.priority!==void 0){let o=a.priority;const k=e;if(!((typeof o=="bigint"||Number.isSafeInteger(o))&&o>=
BigInt("0")&&o<=BigInt("99")))return $.errors=[{instancePath:i+"/scheduler/priority",keyword:"wholeNumber",params:{minimum:"\
0",maximum:"99"}}],!1;var D=k===e}else var D=!0;if(D){if(a.flags!==void 0){let o=a.flags;const k=e;if(e===k)if(Array.isArray(
o)){var O=!0;const u=o.length;for(let v=0;v<u;v++){let b=o[v];const R=e;if(!(b==="SCHED_FLAG_RESET_ON_FORK"||b==="SCHED_\
FLAG_RECLAIM"||b==="SCHED_FLAG_DL_OVERRUN"||b==="SCHED_FLAG_KEEP_POLICY"||b==="SCHED_FLAG_KEEP_PARAMS"||b==="SCHED_FLAG_\
UTIL_CLAMP_MIN"||b==="SCHED_FLAG_UTIL_CLAMP_MAX"))return $.errors=[{instancePath:i+"/scheduler/flags/"+v,keyword:"enum",
params:{allowedValues:se.properties.scheduler.properties.flags.items.enum}}],!1;var O=R===e;if(!O)break}}else return $.errors=
[{instancePath:i+"/scheduler/flags",keyword:"type",params:{type:"array"}}],!1;var D=k===e}else var D=!0;if(D){if(a.runtime!==
void 0){const o=e;h(a.runtime,{instancePath:i+"/scheduler/runtime",parentData:a,parentDataProperty:"runtime",rootData:f})||
(r=r===null?h.errors:r.concat(h.errors),e=r.length);var D=o===e}else var D=!0;if(D){if(a.deadline!==void 0){const o=e;h(
a.deadline,{instancePath:i+"/scheduler/deadline",parentData:a,parentDataProperty:"deadline",rootData:f})||(r=r===null?h.
errors:r.concat(h.errors),e=r.length);var D=o===e}else var D=!0;if(D)if(a.period!==void 0){const o=e;h(a.period,{instancePath:i+
"/scheduler/period",parentData:a,parentDataProperty:"period",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);
var D=o===e}else var D=!0}}}}}}else return $.errors=[{instancePath:i+"/scheduler",keyword:"type",params:{type:"object"}}],
!1;var n=A===e}else var n=!0;if(n){if(t.selinuxLabel!==void 0){const a=e;if(typeof t.selinuxLabel!="string")return $.errors=
[{instancePath:i+"/selinuxLabel",keyword:"type",params:{type:"string"}}],!1;var n=a===e}else var n=!0;if(n){if(t.ioPriority!==
void 0){let a=t.ioPriority;const A=e;if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){let s;if(a.class===void 0&&(s=
"class"))return $.errors=[{instancePath:i+"/ioPriority",keyword:"required",params:{missingProperty:s}}],!1;if(a.class!==
void 0){let o=a.class;const k=e;if(!(o==="IOPRIO_CLASS_RT"||o==="IOPRIO_CLASS_BE"||o==="IOPRIO_CLASS_IDLE"))return $.errors=
[{instancePath:i+"/ioPriority/class",keyword:"enum",params:{allowedValues:se.properties.ioPriority.properties.class.enum}}],
!1;var N=k===e}else var N=!0;if(N)if(a.priority!==void 0){let o=a.priority;const k=e;if(!((typeof o=="bigint"||Number.isSafeInteger(
o))&&o>=BigInt("0")&&o<=BigInt("7")))return $.errors=[{instancePath:i+"/ioPriority/priority",keyword:"wholeNumber",params:{
minimum:"0",maximum:"7"}}],!1;var N=k===e}else var N=!0}else return $.errors=[{instancePath:i+"/ioPriority",keyword:"typ\
e",params:{type:"object"}}],!1;var n=A===e}else var n=!0;if(n)if(t.execCPUAffinity!==void 0){let a=t.execCPUAffinity;const A=e;
if(e===A)if(a&&typeof a=="object"&&!Array.isArray(a)){if(a.initial!==void 0){const s=e;if(typeof a.initial!="string")return $.
errors=[{instancePath:i+"/execCPUAffinity/initial",keyword:"type",params:{type:"string"}}],!1;var j=s===e}else var j=!0;
if(j)if(a.final!==void 0){const s=e;if(typeof a.final!="string")return $.errors=[{instancePath:i+"/execCPUAffinity/final",
keyword:"type",params:{type:"string"}}],!1;var j=s===e}else var j=!0}else return $.errors=[{instancePath:i+"/execCPUAffi\
nity",keyword:"type",params:{type:"object"}}],!1;var n=A===e}else var n=!0}}}}}}}}}}}}}}else return $.errors=[{instancePath:i,
keyword:"type",params:{type:"object"}}],!1;return $.errors=r,e===0}export const validateResources=x;function x(t,{instancePath:i="",
parentData:G,parentDataProperty:W,rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){
if(t.devices!==void 0){let s=t.devices;const o=e;if(e===o)if(Array.isArray(s)){var n=!0;const k=s.length;for(let p=0;p<k;p++){
let u=s[p];const v=e;if(e===v)if(u&&typeof u=="object"&&!Array.isArray(u)){let R;if(u.allow===void 0&&(R="allow"))return x.
errors=[{instancePath:i+"/devices/"+p,keyword:"required",params:{missingProperty:R}}],!1;if(u.allow!==void 0){const g=e;
if(typeof u.allow!="boolean")return x.errors=[{instancePath:i+"/devices/"+p+"/allow",keyword:"type",params:{type:"boolea\
n"}}],!1;var m=g===e}else var m=!0;if(m){if(u.type!==void 0){let g=u.type;const E=e;if(!(g==="a"||g==="c"||g==="b"))return x.
errors=[{instancePath:i+"/devices/"+p+"/type",keyword:"enum",params:{allowedValues:me.properties.devices.items.properties.
type.enum}}],!1;var m=E===e}else var m=!0;if(m){if(u.major!==void 0){const g=e;_(u.major,{instancePath:i+"/devices/"+p+"\
/major",parentData:u,parentDataProperty:"major",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var m=g===
e}else var m=!0;if(m){if(u.minor!==void 0){const g=e;_(u.minor,{instancePath:i+"/devices/"+p+"/minor",parentData:u,parentDataProperty:"\
minor",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var m=g===e}else var m=!0;if(m)if(u.access!==void 0){
const g=e;if(typeof u.access!="string")return x.errors=[{instancePath:i+"/devices/"+p+"/access",keyword:"type",params:{type:"\
string"}}],!1;var m=g===e}else var m=!0}}}}else return x.errors=[{instancePath:i+"/devices/"+p,keyword:"type",params:{type:"\
object"}}],!1;var n=v===e;if(!n)break}}else return x.errors=[{instancePath:i+"/devices",keyword:"type",params:{type:"arr\
ay"}}],!1;var l=o===e}else var l=!0;if(l){if(t.memory!==void 0){let s=t.memory;const o=e;if(e===o)if(s&&typeof s=="objec\
t"&&!Array.isArray(s)){if(s.limit!==void 0){const p=e;_(s.limit,{instancePath:i+"/memory/limit",parentData:s,parentDataProperty:"\
limit",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.reservation!==
void 0){const p=e;_(s.reservation,{instancePath:i+"/memory/reservation",parentData:s,parentDataProperty:"reservation",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.swap!==void 0){const p=e;_(s.swap,
{instancePath:i+"/memory/swap",parentData:s,parentDataProperty:"swap",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var y=p===e}else var y=!0;if(y){if(s.kernel!==void 0){const p=e;_(s.kernel,{instancePath:i+"/memory/kernel",
parentData:s,parentDataProperty:"kernel",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else
var y=!0;if(y){if(s.kernelTCP!==void 0){const p=e;_(s.kernelTCP,{instancePath:i+"/memory/kernelTCP",parentData:s,parentDataProperty:"\
kernelTCP",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.swappiness!==
void 0){const p=e;h(s.swappiness,{instancePath:i+"/memory/swappiness",parentData:s,parentDataProperty:"swappiness",rootData:f})||
(r=r===null?h.errors:r.concat(h.errors),e=r.length);var y=p===e}else var y=!0;if(y){if(s.disableOOMKiller!==void 0){const p=e;
if(typeof s.disableOOMKiller!="boolean")return x.errors=[{instancePath:i+"/memory/disableOOMKiller",keyword:"type",params:{
type:"boolean"}}],!1;var y=p===e}else var y=!0;if(y){if(s.useHierarchy!==void 0){const p=e;if(typeof s.useHierarchy!="bo\
olean")return x.errors=[{instancePath:i+"/memory/useHierarchy",keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else
var y=!0;if(y)if(s.checkBeforeUpdate!==void 0){const p=e;if(typeof s.checkBeforeUpdate!="boolean")return x.errors=[{instancePath:i+
"/memory/checkBeforeUpdate",keyword:"type",params:{type:"boolean"}}],!1;var y=p===e}else var y=!0}}}}}}}}else return x.errors=
[{instancePath:i+"/memory",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.cpu!==void 0){
let s=t.cpu;const o=e;if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.shares!==void 0){const p=e;h(s.shares,{
instancePath:i+"/cpu/shares",parentData:s,parentDataProperty:"shares",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),
e=r.length);var d=p===e}else var d=!0;if(d){if(s.quota!==void 0){const p=e;_(s.quota,{instancePath:i+"/cpu/quota",parentData:s,
parentDataProperty:"quota",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var d=p===e}else var d=!0;if(d){
if(s.burst!==void 0){const p=e;h(s.burst,{instancePath:i+"/cpu/burst",parentData:s,parentDataProperty:"burst",rootData:f})||
(r=r===null?h.errors:r.concat(h.errors),e=r.length);var d=p===e}else var d=!0;if(d){if(s.period!==void 0){const p=e;h(s.
period,{instancePath:i+"/cpu/period",parentData:s,parentDataProperty:"period",rootData:f})||(r=r===null?h.errors:r.concat(
h.errors),e=r.length);var d=p===e}else var d=!0;if(d){if(s.realtimeRuntime!==void 0){const p=e;_(s.realtimeRuntime,{instancePath:i+
"/cpu/realtimeRuntime",parentData:s,parentDataProperty:"realtimeRuntime",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),
e=r.length);var d=p===e}else var d=!0;if(d){if(s.realtimePeriod!==void 0){const p=e;h(s.realtimePeriod,{instancePath:i+"\
/cpu/realtimePeriod",parentData:s,parentDataProperty:"realtimePeriod",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),
e=r.length);var d=p===e}else var d=!0;if(d){if(s.cpus!==void 0){const p=e;if(typeof s.cpus!="string")return x.errors=[{instancePath:i+
"/cpu/cpus",keyword:"type",params:{type:"string"}}],!1;var d=p===e}else var d=!0;if(d){if(s.mems!==void 0){const p=e;if(typeof s.
mems!="string")return x.errors=[{instancePath:i+"/cpu/mems",keyword:"type",params:{type:"string"}}],!1;var d=p===e}else var d=!0;
if(d)if(s.idle!==void 0){const p=e;_(s.idle,{instancePath:i+"/cpu/idle",parentData:s,parentDataProperty:"idle",rootData:f})||
(r=r===null?_.errors:r.concat(_.errors),e=r.length);var d=p===e}else var d=!0}}}}}}}}else return x.errors=[{instancePath:i+
"/cpu",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.pids!==void 0){let s=t.pids;const o=e;
if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s))s.limit!==void 0&&(_(s.limit,{instancePath:i+"/pids/limit",parentData:s,
parentDataProperty:"limit",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length));else return x.errors=[{instancePath:i+
"/pids",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.blockIO!==void 0){let s=t.blockIO;
const o=e;if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.weight!==void 0){const p=e;H(s.weight,{instancePath:i+
"/blockIO/weight",parentData:s,parentDataProperty:"weight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);
var I=p===e}else var I=!0;if(I){if(s.leafWeight!==void 0){const p=e;H(s.leafWeight,{instancePath:i+"/blockIO/leafWeight",
parentData:s,parentDataProperty:"leafWeight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);var I=p===
e}else var I=!0;if(I){if(s.weightDevice!==void 0){let p=s.weightDevice;const u=e;if(e===u)if(Array.isArray(p)){var P=!0;
const b=p.length;for(let R=0;R<b;R++){let g=p[R];const E=e;if(e===E)if(g&&typeof g=="object"&&!Array.isArray(g)){let Y;if(g.
major===void 0&&(Y="major")||g.minor===void 0&&(Y="minor"))return x.errors=[{instancePath:i+"/blockIO/weightDevice/"+R,keyword:"\
required",params:{missingProperty:Y}}],!1;if(g.major!==void 0){const U=e;_(g.major,{instancePath:i+"/blockIO/weightDevic\
e/"+R+"/major",parentData:g,parentDataProperty:"major",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);
var D=U===e}else var D=!0;if(D){if(g.minor!==void 0){const U=e;_(g.minor,{instancePath:i+"/blockIO/weightDevice/"+R+"/mi\
nor",parentData:g,parentDataProperty:"minor",rootData:f})||(r=r===null?_.errors:r.concat(_.errors),e=r.length);var D=U===
e}else var D=!0;if(D){if(g.weight!==void 0){const U=e;H(g.weight,{instancePath:i+"/blockIO/weightDevice/"+R+"/weight",parentData:g,
parentDataProperty:"weight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);var D=U===e}else var D=!0;
if(D)if(g.leafWeight!==void 0){const U=e;H(g.leafWeight,{instancePath:i+"/blockIO/weightDevice/"+R+"/leafWeight",parentData:g,
parentDataProperty:"leafWeight",rootData:f})||(r=r===null?H.errors:r.concat(H.errors),e=r.length);var D=U===e}else var D=!0}}}else
return x.errors=[{instancePath:i+"/blockIO/weightDevice/"+R,keyword:"type",params:{type:"object"}}],!1;var P=E===e;if(!P)
break}}else return x.errors=[{instancePath:i+"/blockIO/weightDevice",keyword:"type",params:{type:"array"}}],!1;var I=u===
e}else var I=!0;if(I){if(s.throttleReadBpsDevice!==void 0){const p=e;B(s.throttleReadBpsDevice,{instancePath:i+"/blockIO\
/throttleReadBpsDevice",parentData:s,parentDataProperty:"throttleReadBpsDevice",rootData:f})||(r=r===null?B.errors:r.concat(
B.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleWriteBpsDevice!==void 0){const p=e;B(s.throttleWriteBpsDevice,
{instancePath:i+"/blockIO/throttleWriteBpsDevice",parentData:s,parentDataProperty:"throttleWriteBpsDevice",rootData:f})||
(r=r===null?B.errors:r.concat(B.errors),e=r.length);var I=p===e}else var I=!0;if(I){if(s.throttleReadIOPSDevice!==void 0){
const p=e;B(s.throttleReadIOPSDevice,{instancePath:i+"/blockIO/throttleReadIOPSDevice",parentData:s,parentDataProperty:"\
throttleReadIOPSDevice",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),e=r.length);var I=p===e}else var I=!0;if(I)
if(s.throttleWriteIOPSDevice!==void 0){const p=e;B(s.throttleWriteIOPSDevice,{instancePath:i+"/blockIO/throttleWriteIOPS\
Device",parentData:s,parentDataProperty:"throttleWriteIOPSDevice",rootData:f})||(r=r===null?B.errors:r.concat(B.errors),
e=r.length);var I=p===e}else var I=!0}}}}}}else return x.errors=[{instancePath:i+"/blockIO",keyword:"type",params:{type:"\
object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.hugepageLimits!==void 0){let s=t.hugepageLimits;const o=e;if(e===o)if(Array.
isArray(s)){var O=!0;const p=s.length;for(let u=0;u<p;u++){let v=s[u];const b=e;if(e===b)if(v&&typeof v=="object"&&!Array.
isArray(v)){let g;if(v.pageSize===void 0&&(g="pageSize")||v.limit===void 0&&(g="limit"))return x.errors=[{instancePath:i+
"/hugepageLimits/"+u,keyword:"required",params:{missingProperty:g}}],!1;if(v.pageSize!==void 0){const E=e;if(typeof v.pageSize!=
"string")return x.errors=[{instancePath:i+"/hugepageLimits/"+u+"/pageSize",keyword:"type",params:{type:"string"}}],!1;var N=E===
e}else var N=!0;if(N)if(v.limit!==void 0){const E=e;h(v.limit,{instancePath:i+"/hugepageLimits/"+u+"/limit",parentData:v,
parentDataProperty:"limit",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.length);var N=E===e}else var N=!0}else
return x.errors=[{instancePath:i+"/hugepageLimits/"+u,keyword:"type",params:{type:"object"}}],!1;var O=b===e;if(!O)break}}else
return x.errors=[{instancePath:i+"/hugepageLimits",keyword:"type",params:{type:"array"}}],!1;var l=o===e}else var l=!0;if(l){
if(t.network!==void 0){let s=t.network;const o=e;if(e===o)if(s&&typeof s=="object"&&!Array.isArray(s)){if(s.classID!==void 0){
const p=e;S(s.classID,{instancePath:i+"/network/classID",parentData:s,parentDataProperty:"classID",rootData:f})||(r=r===
null?S.errors:r.concat(S.errors),e=r.length);var j=p===e}else var j=!0;if(j)if(s.priorities!==void 0){let p=s.priorities;
const u=e;if(e===u)if(Array.isArray(p)){var c=!0;const b=p.length;for(let R=0;R<b;R++){let g=p[R];const E=e;if(e===E)if(g&&
typeof g=="object"&&!Array.isArray(g)){let Y;if(g.name===void 0&&(Y="name")||g.priority===void 0&&(Y="priority"))return x.
errors=[{instancePath:i+"/network/priorities/"+R,keyword:"required",params:{missingProperty:Y}}],!1;if(g.name!==void 0){
const U=e;if(typeof g.name!="string")return x.errors=[{instancePath:i+"/network/priorities/"+R+"/name",keyword:"type",params:{
type:"string"}}],!1;var a=U===e}else var a=!0;if(a)if(g.priority!==void 0){const U=e;S(g.priority,{instancePath:i+"/netw\
ork/priorities/"+R+"/priority",parentData:g,parentDataProperty:"priority",rootData:f})||(r=r===null?S.errors:r.concat(S.
errors),e=r.length);var a=U===e}else var a=!0}else return x.errors=[{instancePath:i+"/network/priorities/"+R,keyword:"ty\
pe",params:{type:"object"}}],!1;var c=E===e;if(!c)break}}else return x.errors=[{instancePath:i+"/network/priorities",keyword:"\
type",params:{type:"array"}}],!1;var j=u===e}else var j=!0}else return x.errors=[{instancePath:i+"/network",keyword:"typ\
e",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l){if(t.rdma!==void 0){let s=t.rdma;const o=e;if(e===o)if(s&&
typeof s=="object"&&!Array.isArray(s))for(const p in s){let u=s[p];const v=e;if(e===v)if(u&&typeof u=="object"&&!Array.isArray(
u)){if(u.hcaHandles!==void 0){const b=e;S(u.hcaHandles,{instancePath:i+"/rdma/"+p.replace(/~/g,"~0").replace(/\//g,"~1")+
"/hcaHandles",parentData:u,parentDataProperty:"hcaHandles",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=r.length);
var A=b===e}else var A=!0;if(A)if(u.hcaObjects!==void 0){const b=e;S(u.hcaObjects,{instancePath:i+"/rdma/"+p.replace(/~/g,
"~0").replace(/\//g,"~1")+"/hcaObjects",parentData:u,parentDataProperty:"hcaObjects",rootData:f})||(r=r===null?S.errors:
r.concat(S.errors),e=r.length);var A=b===e}else var A=!0}else return x.errors=[{instancePath:i+"/rdma/"+p.replace(/~/g,"\
~0").replace(/\//g,"~1"),keyword:"type",params:{type:"object"}}],!1;var L=v===e;if(!L)break}else return x.errors=[{instancePath:i+
"/rdma",keyword:"type",params:{type:"object"}}],!1;var l=o===e}else var l=!0;if(l)if(t.unified!==void 0){const s=e;Z(t.unified,
{instancePath:i+"/unified",parentData:t,parentDataProperty:"unified",rootData:f})||(r=r===null?Z.errors:r.concat(Z.errors),
e=r.length);var l=s===e}else var l=!0}}}}}}}}else return x.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],
!1;return x.errors=r,e===0}export const validateSeccomp=J;function J(t,{instancePath:i="",parentData:G,parentDataProperty:W,
rootData:f=t}={}){let r=null,e=0;if(e===0)if(t&&typeof t=="object"&&!Array.isArray(t)){let I;if(t.defaultAction===void 0&&
(I="defaultAction"))return J.errors=[{instancePath:i,keyword:"required",params:{missingProperty:I}}],!1;if(t.defaultAction!==
void 0){const P=e;if(typeof t.defaultAction!="string")return J.errors=[{instancePath:i+"/defaultAction",keyword:"type",params:{
type:"string"}}],!1;var n=P===e}else var n=!0;if(n){if(t.defaultErrnoRet!==void 0){const P=e;S(t.defaultErrnoRet,{instancePath:i+
"/defaultErrnoRet",parentData:t,parentDataProperty:"defaultErrnoRet",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),
e=r.length);var n=P===e}else var n=!0;if(n){if(t.architectures!==void 0){const P=e;w(t.architectures,{instancePath:i+"/a\
rchitectures",parentData:t,parentDataProperty:"architectures",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.
length);var n=P===e}else var n=!0;if(n){if(t.flags!==void 0){const P=e;w(t.flags,{instancePath:i+"/flags",parentData:t,parentDataProperty:"\
flags",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var n=P===e}else var n=!0;if(n){if(t.listenerPath!==
void 0){const P=e;if(typeof t.listenerPath!="string")return J.errors=[{instancePath:i+"/listenerPath",keyword:"type",params:{
type:"string"}}],!1;var n=P===e}else var n=!0;if(n){if(t.listenerMetadata!==void 0){const P=e;if(typeof t.listenerMetadata!=
"string")return J.errors=[{instancePath:i+"/listenerMetadata",keyword:"type",params:{type:"string"}}],!1;var n=P===e}else
var n=!0;if(n)if(t.syscalls!==void 0){let P=t.syscalls;const D=e;if(e===D)if(Array.isArray(P)){var m=!0;const N=P.length;
for(let j=0;j<N;j++){let c=P[j];const a=e;if(e===a)if(c&&typeof c=="object"&&!Array.isArray(c)){let L;if(c.names===void 0&&
(L="names")||c.action===void 0&&(L="action"))return J.errors=[{instancePath:i+"/syscalls/"+j,keyword:"required",params:{
missingProperty:L}}],!1;if(c.names!==void 0){const s=e;w(c.names,{instancePath:i+"/syscalls/"+j+"/names",parentData:c,parentDataProperty:"\
names",rootData:f})||(r=r===null?w.errors:r.concat(w.errors),e=r.length);var l=s===e}else var l=!0;if(l){if(c.action!==void 0){
const s=e;if(typeof c.action!="string")return J.errors=[{instancePath:i+"/syscalls/"+j+"/action",keyword:"type",params:{
type:"string"}}],!1;var l=s===e}else var l=!0;if(l){if(c.errnoRet!==void 0){const s=e;S(c.errnoRet,{instancePath:i+"/sys\
calls/"+j+"/errnoRet",parentData:c,parentDataProperty:"errnoRet",rootData:f})||(r=r===null?S.errors:r.concat(S.errors),e=
r.length);var l=s===e}else var l=!0;if(l)if(c.args!==void 0){let s=c.args;const o=e;if(e===o)if(Array.isArray(s)){var y=!0;
const p=s.length;for(let u=0;u<p;u++){let v=s[u];const b=e;if(e===b)if(v&&typeof v=="object"&&!Array.isArray(v)){let g;if(v.
index===void 0&&(g="index")||v.value===void 0&&(g="value")||v.op===void 0&&(g="op"))return J.errors=[{instancePath:i+"/s\
yscalls/"+j+"/args/"+u,keyword:"required",params:{missingProperty:g}}],!1;if(v.index!==void 0){const E=e;S(v.index,{instancePath:i+
"/syscalls/"+j+"/args/"+u+"/index",parentData:v,parentDataProperty:"index",rootData:f})||(r=r===null?S.errors:r.concat(S.
errors),e=r.length);var d=E===e}else var d=!0;if(d){if(v.value!==void 0){const E=e;h(v.value,{instancePath:i+"/syscalls/"+
j+"/args/"+u+"/value",parentData:v,parentDataProperty:"value",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=r.
length);var d=E===e}else var d=!0;if(d){if(v.valueTwo!==void 0){const E=e;h(v.valueTwo,{instancePath:i+"/syscalls/"+j+"/\
args/"+u+"/valueTwo",parentData:v,parentDataProperty:"valueTwo",rootData:f})||(r=r===null?h.errors:r.concat(h.errors),e=
r.length);var d=E===e}else var d=!0;if(d)if(v.op!==void 0){const E=e;if(typeof v.op!="string")return J.errors=[{instancePath:i+
"/syscalls/"+j+"/args/"+u+"/op",keyword:"type",params:{type:"string"}}],!1;var d=E===e}else var d=!0}}}else return J.errors=
[{instancePath:i+"/syscalls/"+j+"/args/"+u,keyword:"type",params:{type:"object"}}],!1;var y=b===e;if(!y)break}}else return J.
errors=[{instancePath:i+"/syscalls/"+j+"/args",keyword:"type",params:{type:"array"}}],!1;var l=o===e}else var l=!0}}}else
return J.errors=[{instancePath:i+"/syscalls/"+j,keyword:"type",params:{type:"object"}}],!1;var m=a===e;if(!m)break}}else
return J.errors=[{instancePath:i+"/syscalls",keyword:"type",params:{type:"array"}}],!1;var n=D===e}else var n=!0}}}}}}else
return J.errors=[{instancePath:i,keyword:"type",params:{type:"object"}}],!1;return J.errors=r,e===0}const be={fields:{path:{},
readonly:{}}},Q={wide:!0},fe={},F={each:{}},ge={fields:{terminal:{},consoleSize:{fields:{height:Q,width:Q}},user:{fields:{
uid:fe,gid:fe,umask:{},additionalGids:{each:fe},username:{blank:!0}}},args:F,env:F,cwd:{},capabilities:{fields:{bounding:F,
effective:F,inheritable:F,permitted:F,ambient:F}},rlimits:{each:{fields:{type:{},soft:Q,hard:Q}}},noNewPrivileges:{},apparmorProfile:{
blank:!0},oomScoreAdj:{},scheduler:{fields:{policy:{},nice:{},priority:{},flags:{each:{}},runtime:Q,deadline:Q,period:Q}},
selinuxLabel:{blank:!0},ioPriority:{fields:{class:{},priority:{}}},execCPUAffinity:{fields:{initial:{},final:{}}}}},re={},
we={fields:{containerID:re,hostID:re,size:re}},ue={each:we},De={fields:{destination:{},type:{blank:!0},source:{blank:!0},
options:F,uidMappings:ue,gidMappings:ue}},oe={each:{fields:{path:{},args:F,env:F,timeout:{}}}},Pe={fields:{prestart:oe,createRuntime:oe,
createContainer:oe,startContainer:oe,poststart:oe,poststop:oe}},ve={values:{}},K={wide:!0},ce={},ye={each:{fields:{major:K,
minor:K,rate:Q}}},he={fields:{devices:{each:{fields:{allow:{},type:{blank:!0},major:K,minor:K,access:{}}}},memory:{fields:{
limit:K,reservation:K,swap:K,kernel:K,kernelTCP:K,swappiness:Q,disableOOMKiller:{},useHierarchy:{},checkBeforeUpdate:{}}},
cpu:{fields:{shares:Q,quota:K,burst:Q,period:Q,realtimeRuntime:K,realtimePeriod:Q,cpus:{},mems:{},idle:K}},pids:{fields:{
limit:K}},blockIO:{fields:{weight:ce,leafWeight:ce,weightDevice:{each:{fields:{major:K,minor:K,weight:ce,leafWeight:ce}}},
throttleReadBpsDevice:ye,throttleWriteBpsDevice:ye,throttleReadIOPSDevice:ye,throttleWriteIOPSDevice:ye}},hugepageLimits:{
each:{fields:{pageSize:{},limit:Q}}},network:{fields:{classID:re,priorities:{each:{fields:{name:{},priority:re}}}}},rdma:{
values:{fields:{hcaHandles:re,hcaObjects:re}}},unified:ve}},_e={fields:{defaultAction:{},defaultErrnoRet:re,architectures:F,
flags:F,listenerPath:{},listenerMetadata:{},syscalls:{each:{fields:{names:F,action:{},errnoRet:re,args:{each:{fields:{index:re,
value:Q,valueTwo:Q,op:{}}}}}}}}},ke={fields:{namespaces:{each:{fields:{type:{},path:{blank:!0}}}},uidMappings:ue,gidMappings:ue,
timeOffsets:{values:{fields:{secs:K,nanosecs:{}}}},devices:{each:{fields:{path:{},type:{},major:K,minor:K,fileMode:re,uid:fe,
gid:fe}}},netDevices:{values:{fields:{name:{}}}},cgroupsPath:{blank:!0},resources:he,sysctl:ve,seccomp:_e,rootfsPropagation:{
blank:!0},maskedPaths:F,readonlyPaths:F,mountLabel:{blank:!0},intelRdt:{fields:{closID:{},schemata:F,l3CacheSchema:{},memBwSchema:{},
enableMonitoring:{}}},memoryPolicy:{fields:{mode:{},nodes:{},flags:F}},personality:{fields:{domain:{},flags:F}}}},pe={},
Ie={fields:{ociVersion:{},root:be,process:ge,hostname:{blank:!0},domainname:{blank:!0},mounts:{each:De},hooks:Pe,annotations:ve,
linux:ke,windows:pe,solaris:pe,freebsd:pe,vm:pe,zos:pe}};export{Ie as shapeSpec,ge as shapeProcess,he as shapeResources,
_e as shapeSeccomp};
