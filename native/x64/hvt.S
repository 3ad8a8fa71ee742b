# SPDX-License-Identifier: Apache-2.0
# Entry of a Solo5 hvt guest, in 64-bit mode with SSE on: rdi = boot information, rsp = the end of memory.

        .text
        .globl  _start
_start:
        mov     %rsp, %rsi                      # the end of memory, less 8
        lea     uaas_stack_top(%rip), %rsp      # our own stack, with read-only memory below it as its guard
        lgdt    gdt_pointer(%rip)               # the tender's lies in a page that is not mapped: exceptions could not be delivered
        xor     %ebp, %ebp
        call    uaas_hvt_start                  # (boot information, end of memory)
        ud2

# void uaas_hypercall(edi number, rsi arguments, below 4 GiB): a 32-bit out to port 0x500 + number.
        .globl  uaas_hypercall
uaas_hypercall:
        lea     0x500(%rdi), %edx
        mov     %esi, %eax
        out     %eax, %dx
        ret

        .globl  uaas_address_of_interrupt_table
uaas_address_of_interrupt_table:
        lea     interrupt_table(%rip), %rax
        ret

        .section .rodata, "a"
        .balign 8
gdt:    .quad   0, 0x00af99000000ffff, 0x00cf93000000ffff       # the same as the tender's: the selectors stay as they are
gdt_pointer:
        .word   23
        .quad   gdt

        .bss
        .balign 16
interrupt_table:
        .skip   32 * 16

        .section .note.GNU-stack, "", @progbits
