using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <content>All of its state, for snapshots.</content>
internal sealed partial class KvmVcpuAdapter
{
    private const int MostMsrs = 1024;
    private const KvmVcpuEventParts RestoredEvents = KvmVcpuEventParts.NmiPending | KvmVcpuEventParts.Shadow;

    /// <summary>The model-specific registers that belong to its state, in the order of KVM's list.</summary>
    public IReadOnlyList<uint> StateMsrs { get; init; } = [];

    /// <summary>
    /// Whether a register that KVM lists is saved as such. Not: what is the machine's own (the local APIC's), what is saved otherwise (the
    /// time stamp counter), and Hyper-V's, which no guest of ours has.
    /// </summary>
    public static bool IsStateMsr(uint index) => index is not (TscMsr or 0x1b or 0x6e0 or (>= 0x800 and <= 0x8ff) or (>= 0x4000_0000 and <= 0x4000_01ff));

    /// <inheritdoc/>
    /// <remarks>
    /// The order is that of the restoring: events last, because setting registers drops what is pending; XCR0 before what it enables.
    /// </remarks>
    public void ExchangeState(StateExchange state, SavedTime time)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(time);
        if (state.IsRestoring)
        {
            FinishAccess();
        }

        ExchangeRegisters(state);
        ExchangeExtendedState(state);
        ExchangeMsrs(state, time);
        ExchangeCounter(state, time);
        ExchangeEvents(state);
        if (state.IsRestoring)
        {
            KvmRunPage page = vcpu.RunPage;
            page.RequestInterruptWindow = false;
            _interruptQueued = false;
        }
    }

    private void ExchangeRegisters(StateExchange state)
    {
        GetSystem(out SystemRegisters system);
        RegisterState.Exchange(state, ref system);
        GetGeneral(out GeneralRegisters general);
        RegisterState.Exchange(state, ref general);
        GetDebugRegisters(out DebugRegisters debug);
        debug = new DebugRegisters(
            state.Of(debug.Dr0), state.Of(debug.Dr1), state.Of(debug.Dr2), state.Of(debug.Dr3), state.Of(debug.Dr6), state.Of(debug.Dr7));
        if (!state.IsRestoring)
        {
            return;
        }

        if (!TrySetSystem(system) || ((debug.Dr6 | debug.Dr7) >> 32) != 0)
        {
            throw new StateException($"this host's KVM refuses the system registers of CPU {Index}");
        }

        SetGeneral(general);
        SetDebugRegisters(debug);
    }

    private void ExchangeExtendedState(StateExchange state)
    {
        bool hasXcr0 = TryGetXcr0(out ulong xcr0);
        if (state.Of(hasXcr0) && state.Of(xcr0) is var enabled && state.IsRestoring && enabled != xcr0 && !TrySetXcr0(enabled))
        {
            throw new StateException($"this host's processor lacks a part of the extended state that CPU {Index} uses (XCR0 {enabled:x}h)");
        }

        byte[] image = new byte[KvmVcpu.XsaveSize];
        if (!state.IsRestoring)
        {
            GetXsave(image);
        }

        state.Bytes(image);
        if (state.IsRestoring && !TrySetXsave(image, changed: 0))
        {
            throw new StateException($"this host's KVM refuses the extended state of CPU {Index}");
        }
    }

    /// <summary>Only what differs is written: many registers are for reading, and KVM logs each attempt.</summary>
    private void ExchangeMsrs(StateExchange state, SavedTime time)
    {
        KvmMsrEntry[] present = ReadMsrs(state.IsRestoring ? [] : StateMsrs);
        int count = state.Index(present.Length, MostMsrs);
        var saved = new KvmMsrEntry[count];
        for (int i = 0; i < count; i++)
        {
            KvmMsrEntry entry = state.IsRestoring ? default : present[i];
            saved[i] = new KvmMsrEntry { Index = state.Of(entry.Index), Data = state.Of(entry.Data) };
        }

        if (state.IsRestoring)
        {
            WriteMsrs(saved, time);
        }
    }

    private KvmMsrEntry[] ReadMsrs(IReadOnlyList<uint> indexes)
    {
        List<KvmMsrEntry> wanted = [.. indexes.Select(static index => new KvmMsrEntry { Index = index })];
        var found = new List<KvmMsrEntry>(wanted.Count);
        KvmMsrEntry[] left = [.. wanted];
        for (int at = 0; at < left.Length;)
        {
            int done = vcpu.GetMsrs(left.AsSpan(at));
            found.AddRange(left.AsSpan(at, done));
            // Where it stopped early the next one cannot be read: this KVM does not have it.
            at += done + (at + done < left.Length && done < 255 ? 1 : 0);
        }

        return [.. found];
    }

    private void WriteMsrs(KvmMsrEntry[] saved, SavedTime time)
    {
        Dictionary<uint, ulong> now = ReadMsrs([.. saved.Select(static entry => entry.Index)])
            .ToDictionary(static entry => entry.Index, static entry => entry.Data);
        KvmMsrEntry[] differing = [.. saved.Where(entry => !now.TryGetValue(entry.Index, out ulong present) || present != entry.Data)];
        for (int at = 0; at < differing.Length;)
        {
            int done = vcpu.SetMsrs(differing.AsSpan(at));
            at += done;
            if (at < differing.Length && done < 255)
            {
                time.Refused.Add(differing[at++].Index);
            }
        }
    }

    /// <summary>
    /// The counter at the moment when the machine's time stopped. The counters of several CPUs keep their distance, which the offsets tell
    /// exactly, while reading one after the other would not.
    /// </summary>
    private void ExchangeCounter(StateExchange state, SavedTime time)
    {
        if (state.IsRestoring)
        {
            SetTimeStopped(time.TimeStopped);
        }

        bool hasOffset = vcpu.TryGetTscOffset(out ulong offset);
        _ = vcpu.TryGetMsr(TscMsr, out ulong counter);
        ulong since = state.IsRestoring || _counterRunsOn ? 0 : Ticks(time.TimeStopped, TscKilohertz) - Ticks(_timeStopped, TscKilohertz);
        bool hadOffset = state.Of(hasOffset);
        ulong savedOffset = state.Of(unchecked(offset - since));
        ulong savedCounter = state.Of(unchecked(counter - since));
        if (!state.IsRestoring || !hasOffset || !hadOffset)
        {
            return;
        }

        time.Shift ??= unchecked(offset + (savedCounter - counter) - savedOffset);
        _ = vcpu.TrySetTscOffset(unchecked(savedOffset + time.Shift.Value));
    }

    private void ExchangeEvents(StateExchange state)
    {
        vcpu.GetEvents(out KvmVcpuEvents e);
        (e.ExceptionInjected, e.ExceptionNumber) = (state.Of(e.ExceptionInjected), state.Of(e.ExceptionNumber));
        (e.ExceptionHasErrorCode, e.ExceptionPending) = (state.Of(e.ExceptionHasErrorCode), state.Of(e.ExceptionPending));
        e.ExceptionErrorCode = state.Of(e.ExceptionErrorCode);
        (e.InterruptInjected, e.InterruptNumber) = (state.Of(e.InterruptInjected), state.Of(e.InterruptNumber));
        (e.InterruptSoft, e.InterruptShadow) = (state.Of(e.InterruptSoft), state.Of(e.InterruptShadow));
        (e.NmiInjected, e.NmiPending, e.NmiMasked) = (state.Of(e.NmiInjected), state.Of(e.NmiPending), state.Of(e.NmiMasked));
        if (!state.IsRestoring)
        {
            return;
        }

        // KVM refuses an exception's number from 32 on, and 2, which is the NMI's.
        if (e.ExceptionNumber > 31 || (e.ExceptionNumber == 2 && (e.ExceptionInjected | e.ExceptionPending) != 0))
        {
            throw StateExchange.Damaged();
        }

        vcpu.SetEvents(new KvmVcpuEvents
        {
            ExceptionInjected = e.ExceptionInjected,
            ExceptionNumber = e.ExceptionNumber,
            ExceptionHasErrorCode = e.ExceptionHasErrorCode,
            ExceptionErrorCode = e.ExceptionErrorCode,
            ExceptionPending = e.ExceptionPending,
            InterruptInjected = e.InterruptInjected,
            InterruptNumber = e.InterruptNumber,
            InterruptSoft = e.InterruptSoft,
            InterruptShadow = e.InterruptShadow,
            NmiInjected = e.NmiInjected,
            NmiPending = e.NmiPending,
            NmiMasked = e.NmiMasked,
            Flags = RestoredEvents,
        });
    }
}
