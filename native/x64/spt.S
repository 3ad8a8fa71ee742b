# SPDX-License-Identifier: Apache-2.0
# Entry of a Solo5 spt guest: the tender jumps here with rdi = boot information and rsp = the end of memory.

        .text
        .globl  _start
_start:
        mov     %rsp, %rsi                      # the end of memory, less 8
        lea     uaas_stack_top(%rip), %rsp      # our own stack, with read-only memory below it as its guard
        xor     %ebp, %ebp
        call    uaas_spt_start                  # (boot information, end of memory)
        ud2

        .section .note.GNU-stack, "", @progbits
