namespace OsDevHv.Gdb.Packets;

/// <summary>QEMU's own packets (its manual, "GDB usage"), which scripts made for it send.</summary>
internal static class QemuPackets
{
    private const uint StepEnable = 1;
    private const uint StepWithoutInterrupts = 2;
    private const uint StepWithoutTimers = 4;

    /// <summary><c>qqemu.PhyMemMode</c>: whether addresses of memory are guest-physical.</summary>
    public static void IsPhysical(GdbSession session, PacketReader packet) =>
        session.Reply.Text(session.Settings.PhysicalMemory ? "1"u8 : "0"u8);

    /// <summary><c>Qqemu.PhyMemMode:0</c> or <c>1</c>.</summary>
    public static void SetPhysical(GdbSession session, PacketReader packet)
    {
        if (!packet.TryTake(':') || !packet.TryReadNumber(out ulong mode) || !packet.AtEnd || mode > 1)
        {
            session.Reply.Malformed("Qqemu.PhyMemMode takes 1 for guest-physical addresses, 0 for linear ones");
            return;
        }

        session.Settings.PhysicalMemory = mode == 1;
        session.Reply.Ok();
    }

    /// <summary><c>qqemu.sstepbits</c>: which bits there are.</summary>
    public static void StepBits(GdbSession session, PacketReader packet) => session.Reply.Text("ENABLE=1,NOIRQ=2,NOTIMER=4"u8);

    /// <summary><c>qqemu.sstep</c>: the bits, which <c>monitor step interrupts</c> may have changed.</summary>
    public static void Step(GdbSession session, PacketReader packet)
    {
        uint bits = session.Settings.StepBits & ~StepWithoutInterrupts;
        bits |= session.Target.InterruptsInSteps ? 0 : StepWithoutInterrupts;
        session.Reply.Begin();
        session.Writer.Append("0x"u8);
        session.Writer.AppendNumber(bits);
        session.Reply.End();
    }

    /// <summary>
    /// <c>Qqemu.sstep=BITS</c>: without NOIRQ a step delivers a pending interrupt. NOTIMER changes nothing: no time passes but the step's.
    /// </summary>
    public static void SetStep(GdbSession session, PacketReader packet)
    {
        if (packet.Rest.StartsWith("0x"u8))
        {
            packet = new PacketReader(packet.Rest[2..]);
        }

        if (!packet.TryReadNumber(out ulong bits) || !packet.AtEnd || bits > ClientSettings.AllStepBits || (bits & StepEnable) == 0)
        {
            session.Reply.Malformed($"Qqemu.sstep takes {StepEnable} and as wished {StepWithoutInterrupts} and {StepWithoutTimers}");
            return;
        }

        session.Settings.StepBits = (uint)bits;
        session.Target.InterruptsInSteps = (bits & StepWithoutInterrupts) == 0;
        session.Reply.Ok();
    }
}
