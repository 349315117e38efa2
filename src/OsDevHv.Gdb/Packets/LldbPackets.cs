using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OsDevHv.Gdb.Packets;

/// <summary>LLDB's packets (docs/resources/lldbgdbremote in LLVM's sources).</summary>
internal static class LldbPackets
{
    /// <summary><c>QThreadSuffixSupported</c>: registers' packets may name a thread (<see cref="ThreadSuffix"/>). Only LLDB asks.</summary>
    public static void ThreadSuffixes(GdbSession session, PacketReader packet)
    {
        session.Reply.Client |= ClientFeatures.Lldb;
        session.Reply.Ok();
    }

    /// <summary><c>QListThreadsInStopReply</c>: stop replies list the threads from here on.</summary>
    public static void ListThreads(GdbSession session, PacketReader packet)
    {
        session.Settings.ListsThreads = true;
        session.Reply.Ok();
    }

    /// <summary><c>QEnableErrorStrings</c>: an error's words follow its number.</summary>
    public static void EnableErrorStrings(GdbSession session, PacketReader packet)
    {
        session.Reply.Client |= ClientFeatures.ErrorStrings;
        session.Reply.Ok();
    }

    /// <summary>
    /// <c>qHostInfo</c>: the processor. Without <c>addressing_bits</c>: LLDB takes that for pointer authentication, and would clear the
    /// upper bits of a kernel's addresses.
    /// </summary>
    public static void HostInfo(GdbSession session, PacketReader packet)
    {
        session.Reply.Begin();
        AppendArchitecture(session);
        session.Writer.Append("watchpoint_exceptions_received:after;vm-page-size:4096;"u8);
        session.Reply.End();
    }

    /// <summary>
    /// <c>qProcessInfo</c>: the machine as the one process. Its number is not one of this host's, or LLDB would look here what it runs.
    /// </summary>
    public static void ProcessInfo(GdbSession session, PacketReader packet)
    {
        session.Reply.Begin();
        session.Writer.Append("pid:1;"u8);
        AppendArchitecture(session);
        if (session.Target.FindKernel() is { } kernel)
        {
            if (!kernel.BuildId.IsEmpty)
            {
                session.Writer.Append("main-binary-uuid:"u8);
                session.Writer.AppendHex(kernel.BuildId.Span);
                session.Writer.Append((byte)';');
            }

            if (kernel.RunAddress is { } address)
            {
                session.Writer.Append("main-binary-address:"u8);
                session.Writer.AppendNumber(address);
                session.Writer.Append((byte)';');
            }
        }

        session.Reply.End();
    }

    /// <summary><c>qGDBServerVersion</c>.</summary>
    public static void ServerVersion(GdbSession session, PacketReader packet)
    {
        string? version = typeof(LldbPackets).Assembly.GetName().Version?.ToString(3);
        session.Reply.Text(Encoding.ASCII.GetBytes($"name:osdevhv;version:{version};"));
    }

    /// <summary>
    /// <c>qMemoryRegionInfo:ADDRESS</c>: what is mapped alike around an address, by the page tables of the selected thread. An error is
    /// part of the answer: at an error reply LLDB never asks again, and fails an assertion of its own later.
    /// </summary>
    public static void MemoryRegion(GdbSession session, PacketReader packet)
    {
        if (!packet.TryTake(':') || !packet.TryReadNumber(out ulong address) || !packet.AtEnd)
        {
            ReplyRegionError(session, "qMemoryRegionInfo takes an address"u8);
            return;
        }

        if (!session.Target.IsStopped)
        {
            ReplyRegionError(session, "the machine is running; interrupt it first"u8);
            return;
        }

        MemoryRegion region = session.Target.FindMemoryRegion(session.SelectedVcpu, address);

        // LLDB knows no region that ends at 2^64: one that ends below takes its place, as its own server has it.
        ulong size = region.Last == ulong.MaxValue ? region.Last - region.Start : region.Last - region.Start + 1;
        session.Reply.Begin();
        session.Writer.Append("start:"u8);
        session.Writer.AppendNumber(region.Start);
        session.Writer.Append(";size:"u8);
        session.Writer.AppendNumber(Math.Max(size, 1));
        session.Writer.Append((byte)';');
        if (region.Access != MemoryAccess.None)
        {
            session.Writer.Append("permissions:"u8);
            AppendAccess(session, region.Access, MemoryAccess.Read, (byte)'r');
            AppendAccess(session, region.Access, MemoryAccess.Write, (byte)'w');
            AppendAccess(session, region.Access, MemoryAccess.Execute, (byte)'x');
            session.Writer.Append((byte)';');
        }

        session.Reply.End();
    }

    /// <summary><c>jThreadsInfo</c>: all threads, why they stopped, and their expedited registers.</summary>
    public static void Threads(GdbSession session, PacketReader packet)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            for (int vcpu = 0; vcpu < session.Target.VcpuCount; vcpu++)
            {
                WriteThread(session, json, vcpu);
            }

            json.WriteEndArray();
        }

        session.Reply.Begin();
        session.Writer.AppendBinary(buffer.WrittenSpan);
        session.Reply.End();
    }

    /// <summary>The part of a stop reply that lists the threads and their program counters, where LLDB asked for it.</summary>
    public static void AppendThreadList(GdbSession session)
    {
        if (!session.Settings.ListsThreads || session.Target.LastStop.Kind == StopKind.Exited)
        {
            return;
        }

        session.Writer.Append("threads:"u8);
        for (int vcpu = 0; vcpu < session.Target.VcpuCount; vcpu++)
        {
            AppendListed(session, vcpu, ThreadId.Of(vcpu).Number);
        }

        session.Writer.Append(";thread-pcs:"u8);
        for (int vcpu = 0; vcpu < session.Target.VcpuCount; vcpu++)
        {
            bool read = session.Target.TryReadRegisters(vcpu, RegisterGroups.General, session.Registers, out _);
            AppendListed(session, vcpu, read ? session.Registers.Rip : 0);
        }

        session.Writer.Append((byte)';');
    }

    private static void ReplyRegionError(GdbSession session, ReadOnlySpan<byte> text)
    {
        session.Reply.Begin();
        session.Writer.Append("error:"u8);
        session.Writer.AppendHex(text);
        session.Writer.Append((byte)';');
        session.Reply.End();
    }

    private static void AppendListed(GdbSession session, int index, ulong number)
    {
        if (index > 0)
        {
            session.Writer.Append((byte)',');
        }

        session.Writer.AppendNumber(number);
    }

    private static void WriteThread(GdbSession session, Utf8JsonWriter json, int vcpu)
    {
        StopEvent stop = session.Target.LastStop;
        json.WriteStartObject();
        json.WriteNumber("tid", ThreadId.Of(vcpu).Number);
        json.WriteString("name", $"CPU {vcpu}");
        if (vcpu == stop.Vcpu)
        {
            WriteReason(json, stop);
        }

        if (session.Target.TryReadRegisters(vcpu, RegisterGroups.General, session.Registers, out _))
        {
            json.WriteStartObject("registers");
            Span<byte> value = stackalloc byte[sizeof(ulong)];
            foreach (RegisterDescription register in session.Layout.Expedited)
            {
                register.Read(session.Registers, value);
                json.WriteString(
                    register.Number.ToString(CultureInfo.InvariantCulture), Convert.ToHexStringLower(value[..register.Bytes]));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteReason(Utf8JsonWriter json, StopEvent stop)
    {
        string reason = stop.Kind switch
        {
            StopKind.SoftwareBreakpoint or StopKind.HardwareBreakpoint => "breakpoint",
            StopKind.WriteWatchpoint or StopKind.ReadWatchpoint or StopKind.AccessWatchpoint => "watchpoint",
            StopKind.Interrupted or StopKind.Attached => "signal",
            StopKind.Crashed => "exception",
            _ => "trace",
        };
        json.WriteString("reason", reason);
        json.WriteNumber("signal", StopReply.SignalOf(stop));
        if (reason == "watchpoint")
        {
            json.WriteString("description", string.Create(CultureInfo.InvariantCulture, $"{stop.Address} 0 {stop.Address}"));
        }
        else if (stop.Message is { } message)
        {
            json.WriteString("description", message);
        }
    }

    private static void AppendArchitecture(GdbSession session)
    {
        bool wide = session.Layout.Architecture == TargetArchitecture.X86_64;
        session.Writer.Append("triple:"u8);
        session.Writer.AppendHex(wide ? "x86_64-unknown-unknown"u8 : "i386-unknown-unknown"u8);
        session.Writer.Append(wide ? ";ptrsize:8;endian:little;"u8 : ";ptrsize:4;endian:little;"u8);
    }

    private static void AppendAccess(GdbSession session, MemoryAccess access, MemoryAccess wanted, byte letter)
    {
        if (access.HasFlag(wanted))
        {
            session.Writer.Append(letter);
        }
    }
}
