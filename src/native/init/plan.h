/* Generated from src/plan/layout.ts by src/plan/header.ts: do not edit. */
#pragma once
#define PLAN_MAGIC 1280332883
#define PLAN_VERSION 1
#define PLAN_BASE 0x1000000000UL
#define SCRATCH_BASE 0x1800000000UL
#define PLAN_DESCRIPTOR 1000
#define REGISTERS 256
#define REPORT_REGISTER 0
#define REPORT_WAITS 0x100000000UL
#define NO_REGISTER 255
#define ANY_ERRNO 65535
#define RECORD_MAGIC 1129469011
#define RECORD_FAILED 1
#define RECORD_TEXT 256
#define LOG_LONGEST 32768
#define OP_SYS 1
#define OP_LOAD 2
#define OP_STORE 3
#define OP_SET 4
#define OP_IF 5
#define OP_GOTO 6
#define OP_FAIL 7
#define OP_SUPERVISE 8
#define FLAG_TOLERATE 1
#define FLAG_JUMP 2
#define FLAG_EXPECT 4
#define FLAG_EXPLAIN 8
#define COMPARE_EQUAL 0
#define COMPARE_NOT_EQUAL 1
#define COMPARE_BELOW 2
struct header { unsigned magic, version, count, bytes, data, scratch, reserved[2]; };
struct step {
        unsigned char op, flags, width, result;
        unsigned short registers, tries;
        unsigned number, target;
        unsigned short errnos[4], retry[4];
        long expect;
        unsigned long arguments[6];
};
struct record { unsigned magic, kind, step; int error; long value; unsigned length, reserved; char text[RECORD_TEXT]; };
struct frame { unsigned long seconds, nanoseconds; unsigned stream, length; };
_Static_assert(sizeof(struct header) == 32, "header");
_Static_assert(sizeof(struct step) == 88, "step");
_Static_assert(sizeof(struct record) == 32 + RECORD_TEXT, "record");
_Static_assert(sizeof(struct frame) == 24, "frame");
