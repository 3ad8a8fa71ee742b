# SPDX-License-Identifier: Apache-2.0
# A virtual machine's kernel by the PVH boot protocol: the monitor finds the note, loads the segments and enters uaas_pvh_entry in 32-bit protected
# mode, paging off, interrupts off, ebx = the start information. Here: the way to 64-bit mode, the first instructions of interrupts, and
# what C# has no words for. Everything else is in src/Guest/Platform/Pvh.

        .set    CODE_SELECTOR, 0x08
        .set    DATA_SELECTOR, 0x10
        .set    TASK_SELECTOR, 0x18
        .set    EXCEPTION_STACK_SIZE, 0x4000
        .set    TABLE_PAGES, 32

        .section .note.pvh, "a", @note
        .balign 4
        .long   4, 4, 18                        # XEN_ELFNOTE_PHYS32_ENTRY
        .asciz  "Xen"
        .long   uaas_pvh_entry
        .balign 4
        .long   5, 0, 0x31545347                # "GST1": a guest of ours, so that the host knows one by its file
        .asciz  "uaas"
        .balign 4

# ---- Entry ----

        .section .text.boot, "ax"
        .code32
        .globl  uaas_pvh_entry
uaas_pvh_entry:
        rdtsc                                   # the guest's first instruction: its time of boot
        mov     %eax, %esi
        mov     %edx, %edi
        mov     $uaas_stack_top, %esp

        # Until C# has built its own tables: the first GiB, one to one, in pages of 2 MiB.
        movl    $boot_pointers + 3, boot_map
        movl    $boot_directory + 3, boot_pointers
        xor     %ecx, %ecx
1:      mov     %ecx, %eax
        shl     $21, %eax
        or      $0x83, %eax                     # present, writable, large
        mov     %eax, boot_directory(,%ecx,8)
        inc     %ecx
        cmp     $512, %ecx
        jb      1b

        mov     %cr4, %eax
        or      $0x620, %eax                    # PAE, OSFXSR, OSXMMEXCPT: compiled C# uses SSE
        mov     %eax, %cr4
        mov     $boot_map, %eax
        mov     %eax, %cr3
        mov     %edi, %ebp
        mov     $0xc0000080, %ecx               # EFER
        rdmsr
        or      $0x100, %eax                    # LME
        wrmsr
        mov     %cr0, %eax
        and     $~0x0c, %eax                    # no emulation of the FPU, no lazy switching
        or      $0x80010023, %eax               # PG, WP, NE, MP, PE
        mov     %eax, %cr0
        lgdt    gdt_pointer
        ljmp    $CODE_SELECTOR, $long_mode

        .code64
long_mode:
        mov     $DATA_SELECTOR, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        xor     %eax, %eax
        mov     %eax, %fs
        mov     %eax, %gs

        lea     task_state(%rip), %rax          # the descriptor's base is scattered over it
        mov     %ax, gdt + TASK_SELECTOR + 2(%rip)
        shr     $16, %rax
        mov     %al, gdt + TASK_SELECTOR + 4(%rip)
        mov     %ah, gdt + TASK_SELECTOR + 7(%rip)
        mov     $TASK_SELECTOR, %eax
        ltr     %ax

        mov     %ebx, %edi                      # start information
        mov     %ebp, %eax
        shl     $32, %rax
        mov     %esi, %esi
        or      %rax, %rsi                      # time stamp counter at entry
        lea     uaas_stack_top(%rip), %rsp
        xor     %ebp, %ebp
        call    uaas_pvh_start
        ud2

# ---- Interrupts: note which, and go on. They are enabled in uaas_halt and uaas_take_interrupts only ----

        .text
        .balign 16
        .globl  uaas_interrupt_stubs
uaas_interrupt_stubs:
        .set    number, 0
        .rept   32
        .balign 16
        btsl    $number, pending_interrupts(%rip)
        jmp     end_of_interrupt
        .set    number, number + 1
        .endr

end_of_interrupt:
        push    %rax
        mov     $0xfee000b0, %eax               # the local APIC's end-of-interrupt register
        movl    $0, (%rax)
        pop     %rax
        iretq

        .globl  uaas_spurious_stub
uaas_spurious_stub:
        iretq

# uint uaas_halt(): sleeps until an interrupt, none of which is lost between sti and hlt. Returns those that came, and forgets them.
        .globl  uaas_halt
uaas_halt:
        sti
        hlt
        cli
        xor     %eax, %eax
        xchg    %eax, pending_interrupts(%rip)
        ret

# uint uaas_take_interrupts(): the same, without sleeping.
        .globl  uaas_take_interrupts
uaas_take_interrupts:
        sti
        nop
        cli
        xor     %eax, %eax
        xchg    %eax, pending_interrupts(%rip)
        ret

# ---- Single instructions ----

        .globl  uaas_in8
uaas_in8:                                       # (edi port)
        mov     %edi, %edx
        xor     %eax, %eax
        in      %dx, %al
        ret

        .globl  uaas_out8
uaas_out8:                                      # (edi port, esi value)
        mov     %edi, %edx
        mov     %esi, %eax
        out     %al, %dx
        ret

        .globl  uaas_in32
uaas_in32:                                      # (edi port)
        mov     %edi, %edx
        in      %dx, %eax
        ret

        .globl  uaas_out32
uaas_out32:                                     # (edi port, esi value)
        mov     %edi, %edx
        mov     %esi, %eax
        out     %eax, %dx
        ret

        .globl  uaas_out_string
uaas_out_string:                                # (edi port, rsi bytes, rdx count)
        mov     %rdx, %rcx
        mov     %edi, %edx
        rep outsb
        ret

        .globl  uaas_wrmsr
uaas_wrmsr:                                     # (edi register, rsi value)
        mov     %edi, %ecx
        mov     %esi, %eax
        mov     %rsi, %rdx
        shr     $32, %rdx
        wrmsr
        ret

        .globl  uaas_rdmsr
uaas_rdmsr:                                     # (edi register)
        mov     %edi, %ecx
        rdmsr
        shl     $32, %rdx
        or      %rdx, %rax
        ret

        .globl  uaas_cpuid
uaas_cpuid:                                     # (edi leaf, esi subleaf, rdx uint[4] for eax, ebx, ecx, edx)
        push    %rbx
        mov     %rdx, %r8
        mov     %edi, %eax
        mov     %esi, %ecx
        cpuid
        mov     %eax, (%r8)
        mov     %ebx, 4(%r8)
        mov     %ecx, 8(%r8)
        mov     %edx, 12(%r8)
        pop     %rbx
        ret

        .globl  uaas_write_cr3
uaas_write_cr3:
        mov     %rdi, %cr3
        ret

        .globl  uaas_set_cr4
uaas_set_cr4:                                   # (rdi bits to set)
        mov     %cr4, %rax
        or      %rdi, %rax
        mov     %rax, %cr4
        ret

# An end that needs no device: an exception that cannot be delivered resets the machine.
        .globl  uaas_reset
uaas_reset:
        push    $0
        push    $0
        lidt    (%rsp)
        int3

# ---- Places that the linker script and this file name ----

        .macro  address_of name
        .globl  uaas_address_of_\name
uaas_address_of_\name:
        lea     uaas_\name(%rip), %rax
        ret
        .endm

        address_of text_start
        address_of text_end
        address_of fiber_stack_top
        address_of rodata_end
        address_of stack_bottom
        address_of interrupt_stubs
        address_of spurious_stub
        address_of page_tables
        address_of interrupt_table
        address_of kvm_clock
        address_of command_line

# ---- Data ----

        .data
        .balign 16
gdt:    .quad   0
        .quad   0x00af9b000000ffff              # code, 64-bit
        .quad   0x00cf93000000ffff              # data
        .quad   0x0000890000000067, 0           # task state, its base filled in above
gdt_pointer:
        .word   . - gdt - 1
        .quad   gdt

        .balign 16
task_state:
        .skip   36
        .quad   exception_stack_top             # interrupt stack 1: exceptions, among them a stack that overflowed
        .quad   double_fault_stack_top          # interrupt stack 2: an exception that could not be delivered
        .skip   50
        .word   0x68                            # no I/O permission map

        .bss
        .balign 4096
boot_map:       .skip 4096
boot_pointers:  .skip 4096
boot_directory: .skip 4096
uaas_page_tables:
        .skip   4096 * TABLE_PAGES
uaas_interrupt_table:
        .skip   4096
uaas_command_line:
        .skip   4096
        .skip   EXCEPTION_STACK_SIZE
exception_stack_top:
        .skip   EXCEPTION_STACK_SIZE
double_fault_stack_top:
uaas_kvm_clock:
        .skip   64
pending_interrupts:
        .skip   4

        .section .note.GNU-stack, "", @progbits
