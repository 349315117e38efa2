using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Tests.Kvm;

namespace OsDevHv.Tests.RunControl;

/// <summary>Machines whose CPU 0 is asked to step through a range.</summary>
internal static class FreeRange
{
    /// <summary>More exits than this, and a range of a thousand instructions was stepped.</summary>
    public const ulong Fast = 400;

    public const ulong Handler = 0x2000;
    public const ulong Stack = 0x8000;

    private const ulong Gdt = 0x3000;
    private const ulong Idt = 0x3800;

    // again: inc eax; dec ecx; jnz again; nop; jmp .
    public static readonly byte[] Loop = [0x40, 0x49, 0x75, 0xfc, 0x90, 0xeb, 0xfe];

    /// <summary>Tables with the flat segments that the rig has loaded, and a gate for each exception that leads to the handler.</summary>
    public static void SetTables(KvmRig machine)
    {
        var gdt = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(gdt.AsSpan(8), 0x00cf_9b00_0000_ffff);
        BinaryPrimitives.WriteUInt64LittleEndian(gdt.AsSpan(16), 0x00cf_9300_0000_ffff);
        machine.Write(Gdt, gdt);
        var gate = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(gate, 0x0000_8e00_0008_0000 | (Handler & 0xffff));
        for (ulong vector = 0; vector < 32; vector++)
        {
            machine.Write(Idt + (8 * vector), gate);
        }
        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.GetSystem(out SystemRegisters system);
            system.Gdt = new DescriptorTable(Gdt, 23);
            system.Idt = new DescriptorTable(Idt, 255);
            Assert.True(cpu.TrySetSystem(system));
            machine.Controller.Vcpus[0].RegistersWritten();
        });
    }

    /// <summary>A machine with this code and a stack; ECX is how often it goes round.</summary>
    public static KvmRig Create(byte[] code, uint rounds, int vcpus = 1)
    {
        Host.Require(Host.Engine.SingleStep, "single steps");
        var machine = new KvmRig(code, vcpus);
        machine.SetRegisters(registers => registers with { Rcx = rounds, Rsp = Stack });
        return machine;
    }

    public static StopEvent Range(KvmRig machine, ulong start, ulong end, ResumeKind other = ResumeKind.Stay) =>
        machine.Wait(Begin(machine, start, end, other));

    public static Task<StopEvent> Begin(KvmRig machine, ulong start, ulong end, ResumeKind other = ResumeKind.Stay)
    {
        machine.Target.SetStepRange(0, start, end);
        ResumeKind[] actions = machine.All(other);
        actions[0] = ResumeKind.StepRange;
        return machine.Target.ResumeAsync(actions);
    }

    public static Task<bool> Look(KvmRig machine, Action look) =>
        machine.Target.LookAsync(look).ContinueWith(static task => task.IsCompletedSuccessfully, TaskScheduler.Default);

    public static ulong Exits(KvmRig machine) => machine.Controller.Vcpus[0].LastExits.Count;
}
