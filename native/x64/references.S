# SPDX-License-Identifier: Apache-2.0
# Storing references. There is no collector to tell; but an object of an arena must not be kept where it is reachable after the arena is emptied.
# Arenas lie above all else on the heap, so one comparison lets every other reference pass. The compiler expects that nothing but rax changes,
# and rcx for the last of the three.

        .text

# Jumps to \slow unless destination and value (an object of an arena) lie in the same arena. Changes rax.
        .macro  same_arena_or slow
        push    %rcx
        push    %rdx
        mov     uaas_arena_owners(%rip), %rcx   # for each page: which arena it belongs to, 0 where none
        mov     %rsi, %rax
        mov     %rdi, %rdx
        sub     uaas_arena_base(%rip), %rax
        sub     uaas_arena_base(%rip), %rdx
        shr     $12, %rax
        shr     $12, %rdx
        cmp     uaas_arena_pages(%rip), %rdx    # a destination outside the heap
        jae     \slow
        mov     (%rcx,%rax,4), %eax
        cmp     %eax, (%rcx,%rdx,4)
        jne     \slow
        pop     %rdx
        pop     %rcx
        .endm

# void RhpAssignRef(rdi destination on the heap, rsi value), RhpCheckedAssignRef(rdi destination anywhere, rsi value)
        .globl  RhpAssignRef, RhpCheckedAssignRef
        .balign 16
RhpAssignRef:
RhpCheckedAssignRef:
        cmp     uaas_arena_floor(%rip), %rsi
        jae     .Lof_arena
        mov     %rsi, (%rdi)
        ret
.Lof_arena:
        same_arena_or .Ldiffers
        mov     %rsi, (%rdi)
        ret
.Ldiffers:
        pop     %rdx
        pop     %rcx
        push    %rbp                            # a frame, so that a panic shows who stored
        mov     %rsp, %rbp
        call    check_arenas
        pop     %rbp
        mov     %rsi, (%rdi)
        ret

# RhpByRefAssignRef: moves the reference at rsi to rdi and both on by 8.
        .globl  RhpByRefAssignRef
        .balign 16
RhpByRefAssignRef:
        mov     (%rsi), %rcx
        cmp     uaas_arena_floor(%rip), %rcx
        jae     .Lmoved_of_arena
        mov     %rcx, (%rdi)
        add     $8, %rsi
        add     $8, %rdi
        ret
.Lmoved_of_arena:
        push    %rbp
        mov     %rsp, %rbp
        push    %rsi
        mov     %rcx, %rsi
        call    RhpCheckedAssignRef
        pop     %rsi
        pop     %rbp
        add     $8, %rsi
        add     $8, %rdi
        ret

# Asks C# whether rsi may be stored at rdi, which returns only if so. Changes rax.
check_arenas:
        push    %rbp
        mov     %rsp, %rbp
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        sub     $256, %rsp
        and     $-16, %rsp
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movups  %xmm\number, 16 * \number(%rsp)
        .endr
        call    uaas_arena_check                # (destination, value)
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movups  16 * \number(%rsp), %xmm\number
        .endr
        lea     -64(%rbp), %rsp
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rbp
        ret

        .globl  uaas_address_of_arena_state
uaas_address_of_arena_state:
        lea     uaas_arena_floor(%rip), %rax
        ret

# Internal.Runtime.ArenaState
        .data
        .balign 8
uaas_arena_floor:
        .quad   -1                              # the lowest address of any arena
uaas_arena_base:
        .quad   0                               # where the pages begin that the table counts
uaas_arena_pages:
        .quad   0
uaas_arena_owners:
        .quad   0

        .section .note.GNU-stack, "", @progbits
