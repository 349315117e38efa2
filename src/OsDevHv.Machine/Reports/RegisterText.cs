using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>A CPU's registers, the hidden parts of segment registers too, as text.</summary>
internal static class RegisterText
{
    /// <summary>Writes them, lines ended by the writer's line feed.</summary>
    public static void Write(TextWriter writer, CpuState cpu, int index, string activity)
    {
        GeneralRegisters r = cpu.General;
        SystemRegisters s = cpu.System;
        writer.WriteLine($"CPU {index}, {activity}: {cpu.Describe()}");
        if (cpu.IsLongModeActive)
        {
            writer.WriteLine($"  rax {r.Rax:x16}  rbx {r.Rbx:x16}  rcx {r.Rcx:x16}  rdx {r.Rdx:x16}");
            writer.WriteLine($"  rsi {r.Rsi:x16}  rdi {r.Rdi:x16}  rbp {r.Rbp:x16}  rsp {r.Rsp:x16}");
            writer.WriteLine($"  r8  {r.R8:x16}  r9  {r.R9:x16}  r10 {r.R10:x16}  r11 {r.R11:x16}");
            writer.WriteLine($"  r12 {r.R12:x16}  r13 {r.R13:x16}  r14 {r.R14:x16}  r15 {r.R15:x16}");
            writer.WriteLine($"  rip {r.Rip:x16}  rflags {r.Rflags:x}{Flags(r.Rflags)}");
        }
        else
        {
            writer.WriteLine($"  eax {(uint)r.Rax:x8}  ebx {(uint)r.Rbx:x8}  ecx {(uint)r.Rcx:x8}  edx {(uint)r.Rdx:x8}");
            writer.WriteLine($"  esi {(uint)r.Rsi:x8}  edi {(uint)r.Rdi:x8}  ebp {(uint)r.Rbp:x8}  esp {(uint)r.Rsp:x8}");
            writer.WriteLine($"  eip {(uint)r.Rip:x8}  eflags {(uint)r.Rflags:x}{Flags(r.Rflags)}");
        }

        writer.WriteLine($"  cr0 {s.Cr0:x}  cr2 {s.Cr2:x}  cr3 {s.Cr3:x}  cr4 {s.Cr4:x}  cr8 {s.Cr8:x}  efer {s.Efer:x}");
        WriteSegment(writer, "cs", s.Cs);
        WriteSegment(writer, "ss", s.Ss);
        WriteSegment(writer, "ds", s.Ds);
        WriteSegment(writer, "es", s.Es);
        WriteSegment(writer, "fs", s.Fs);
        WriteSegment(writer, "gs", s.Gs);
        WriteSegment(writer, "tr", s.Tr);
        WriteSegment(writer, "ldt", s.Ldt);
        writer.WriteLine($"  gdt base {s.Gdt.Base:x} limit {s.Gdt.Limit:x}  idt base {s.Idt.Base:x} limit {s.Idt.Limit:x}");
    }

    private static void WriteSegment(TextWriter writer, string name, in Segment segment)
    {
        bool isUsable = (segment.Flags & SegmentBits.Unusable) == 0;
        string words = isUsable ? Words(segment) : "  unusable";
        writer.WriteLine(
            $"  {name} {segment.Selector:x4}  base {segment.Base:x}  limit {segment.Limit:x}  type {segment.Type:x}  dpl {segment.Dpl}{words}");
    }

    private static string Words(in Segment segment)
    {
        ReadOnlySpan<(SegmentBits Bit, string Name)> names =
            [(SegmentBits.Present, "P"), (SegmentBits.CodeOrData, "S"), (SegmentBits.Long, "L"), (SegmentBits.Default32, "DB"),
                (SegmentBits.Granular, "G"), (SegmentBits.Available, "AVL")];
        string words = "";
        foreach ((SegmentBits bit, string name) in names)
        {
            words += (segment.Flags & bit) != 0 ? $" {name}" : "";
        }

        return words.Length == 0 ? "" : $" {words}";
    }

    private static string Flags(ulong flags)
    {
        ReadOnlySpan<(int Bit, string Name)> names =
            [(0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF"), (14, "NT"), (16, "RF"),
                (17, "VM"), (18, "AC")];
        List<string> set = [];
        foreach ((int bit, string name) in names)
        {
            if ((flags >> bit & 1) != 0)
            {
                set.Add(name);
            }
        }

        return $" [{string.Join(' ', set)}]";
    }
}
