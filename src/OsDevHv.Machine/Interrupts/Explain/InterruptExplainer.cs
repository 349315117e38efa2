using OsDevHv.Devices;

namespace OsDevHv.Machine.Interrupts.Explain;

/// <summary>
/// Answers "why does my interrupt not come": follows an interrupt from its line to a processor and says at each place what it finds. While
/// the machine is stopped.
/// </summary>
/// <param name="fabric">The controllers.</param>
/// <param name="cpus">The vCPUs as they stand, by index.</param>
internal sealed class InterruptExplainer(InterruptFabric fabric, IReadOnlyList<CpuGlance> cpus)
{
    /// <summary>Follows an ISA interrupt, 0 to 15, or a pin of the I/O APIC, 16 to 23.</summary>
    public IReadOnlyList<Finding> WhyInterrupt(int number)
    {
        lock (fabric.Lock)
        {
            bool isIsa = number < InterruptFabric.IsaInterrupts;
            int pin = isIsa ? InterruptFabric.PinOf(number) : number;
            var findings = new List<Finding> { Line(number, pin) };
            if (fabric.IoApic is { } ioApic)
            {
                var route = new List<Finding>();
                ThroughIoApic(route, ioApic, number, pin);
                findings.AddRange(route.Select(static finding => finding with { Route = Route.IoApic }));
            }
            if (isIsa && fabric.Pics is { } pics)
            {
                var route = new List<Finding>();
                new PicPath(fabric, cpus).Follow(route, pics, number);
                findings.AddRange(route.Select(static finding => finding with { Route = Route.Pic }));
            }
            return findings;
        }
    }

    /// <summary>Follows a vector, 0 to 255: what sends it, and how each CPU stands to it.</summary>
    public IReadOnlyList<Finding> WhyVector(byte vector)
    {
        lock (fabric.Lock)
        {
            var findings = new List<Finding>();
            if (vector < LocalApic.FirstVector)
            {
                findings.Add(new Finding(Obstacle.IllegalVector, $"vector {vector:x}h is below 10h: local APICs refuse it"));
            }
            Sources(findings, vector);
            var atCpus = new List<Finding>();
            for (int cpu = 0; cpu < fabric.LocalApics.Count; cpu++)
            {
                AtCpu(atCpus, cpu, vector);
            }
            // Where it is sent to is not known here: CPUs that are off are in the way only if all are.
            bool allAreOff = atCpus.TrueForAll(IsOff);
            findings.AddRange(atCpus.Select(finding => allAreOff || !IsOff(finding) ? finding : finding with { Obstacle = Obstacle.None }));
            return findings;
        }
    }

    /// <summary>What an answer comes to, in a sentence.</summary>
    public static string Conclude(IReadOnlyList<Finding> findings)
    {
        Finding? source = First(findings, Route.Source);
        if (source is { Obstacle: Obstacle.NotWired or Obstacle.NeverAsserted or Obstacle.NoSource or Obstacle.IllegalVector } unsent)
        {
            return $"in the way: {unsent.Text}";
        }
        string idle = findings.Any(static finding => finding.Obstacle == Obstacle.NotAsserted) ? ", but the line is not asserted" : "";
        bool hasIoApic = findings.Any(static finding => finding.Route == Route.IoApic);
        bool hasPic = findings.Any(static finding => finding.Route == Route.Pic);
        Finding? ioApic = First(findings, Route.IoApic);
        Finding? pic = First(findings, Route.Pic);
        if (hasIoApic && ioApic is null)
        {
            return $"the way through the I/O APIC is open{idle}";
        }
        if (hasPic && pic is null)
        {
            return $"the way through the 8259s is open{idle}";
        }
        // A route that is masked at its entrance is not the one that the kernel means.
        return (ioApic?.Obstacle, pic?.Obstacle) switch
        {
            (Obstacle.PinMasked, Obstacle.PicMasked) => "in the way: it is masked in both the I/O APIC and the 8259s",
            (Obstacle.PinMasked, not null) => $"in the way, through the 8259s: {pic!.Value.Text}",
            (not null, _) => $"in the way, through the I/O APIC: {ioApic!.Value.Text}",
            (null, not null) => $"in the way, through the 8259s: {pic!.Value.Text}",
            _ => source is { } only ? $"in the way: {only.Text}" : "nothing stands in the way",
        };
    }

    private static Finding? First(IReadOnlyList<Finding> findings, Route route)
    {
        foreach (Finding finding in findings)
        {
            if (finding.Route == route && finding.Obstacle is not (Obstacle.None or Obstacle.NotAsserted))
            {
                return finding;
            }
        }
        return null;
    }

    private static bool IsOff(Finding finding) =>
        finding.Obstacle is Obstacle.WaitsForStartUp or Obstacle.ApicDisabled or Obstacle.ApicSoftwareDisabled;

    private Finding Line(int number, int pin)
    {
        if (!fabric.IsWired(pin))
        {
            return new Finding(Obstacle.NotWired, $"line: no device drives interrupt {number}");
        }
        long rises = fabric.Rises(pin);
        if (rises == 0)
        {
            return new Finding(Obstacle.NeverAsserted, "line: not asserted, and never was: the device has not asked for an interrupt");
        }
        return fabric.IsAsserted(pin)
            ? new Finding(Obstacle.None, $"line: asserted (for the {Ordinal(rises)} time)")
            : new Finding(Obstacle.NotAsserted, $"line: not asserted now; it was {rises} times");
    }

    private void ThroughIoApic(List<Finding> findings, IoApic ioApic, int number, int pin)
    {
        RedirectionEntry entry = new(ioApic.Redirection(pin));
        string place = $"I/O APIC pin {pin}{(pin != number ? $", where IRQ{number} is routed" : "")}";
        if (entry.IsMasked)
        {
            string elsewhere = pin != number && !new RedirectionEntry(ioApic.Redirection(number)).IsMasked
                ? $"; pin {number} is unmasked, but nothing is wired to it for this interrupt"
                : "";
            findings.Add(new Finding(Obstacle.PinMasked, $"{place}: masked{elsewhere}"));
            return;
        }
        string trigger = entry.IsLevel ? "level" : "edge";
        findings.Add(new Finding(Obstacle.None, $"{place}: unmasked, {trigger}, {Mode(entry)}, sent {ioApic.Sent(pin)} times"));
        if (entry.RemoteIrr)
        {
            findings.Add(new Finding(
                Obstacle.RemoteIrr, $"{place}: remote IRR is set: it was sent, and no EOI for vector {entry.Vector:x}h has come since"));
        }
        if (entry.Mode is not (DeliveryMode.Fixed or DeliveryMode.LowestPriority))
        {
            return;
        }
        if (entry.Vector < LocalApic.FirstVector)
        {
            findings.Add(new Finding(
                Obstacle.IllegalVector, $"{place}: vector {entry.Vector:x}h is below 10h, which local APICs refuse (their ESR says so)"));
            return;
        }
        bool found = false;
        for (int cpu = 0; cpu < fabric.LocalApics.Count; cpu++)
        {
            if (fabric.LocalApics[cpu].Matches(entry.Destination, entry.IsLogical, isWide: false))
            {
                found = true;
                AtCpu(findings, cpu, entry.Vector);
            }
        }
        if (!found)
        {
            DisabledApics(findings);
            string kind = entry.IsLogical ? "logical destination" : "APIC id";
            findings.Add(new Finding(Obstacle.NoSuchDestination, $"{place}: no local APIC answers to {kind} {entry.Destination:x}h"));
        }
    }

    /// <summary>Those that answer to no destination because they are off altogether.</summary>
    private void DisabledApics(List<Finding> findings)
    {
        for (int cpu = 0; cpu < fabric.LocalApics.Count; cpu++)
        {
            if (fabric.LocalApics[cpu].Mode == LocalApicMode.Disabled)
            {
                findings.Add(ApicDisabled(cpu));
            }
        }
    }

    private static Finding ApicDisabled(int cpu) => new(Obstacle.ApicDisabled, $"CPU {cpu}: its local APIC is disabled in IA32_APIC_BASE");

    private void Sources(List<Finding> findings, byte vector)
    {
        int before = findings.Count;
        for (int pin = 0; fabric.IoApic is { } ioApic && pin < IoApic.PinCount; pin++)
        {
            RedirectionEntry entry = new(ioApic.Redirection(pin));
            if (entry.Vector == vector && entry.Mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority && (!entry.IsMasked || vector != 0))
            {
                Obstacle obstacle = entry.IsMasked ? Obstacle.PinMasked : Obstacle.None;
                findings.Add(new Finding(obstacle, $"sent by I/O APIC pin {pin}{(entry.IsMasked ? ", which is masked" : "")}"));
            }
        }
        for (int cpu = 0; cpu < fabric.LocalApics.Count; cpu++)
        {
            LocalSources(findings, cpu, vector);
        }
        if (fabric.Pics is { } pics && InPics(pics, vector) is { } irq)
        {
            findings.Add(new Finding(Obstacle.None, $"sent by the 8259s for IRQ{irq}: see 'monitor why irq {irq}'"));
        }
        bool arrived = fabric.LocalApics.Any(apic => apic.IsRequested(vector) || apic.IsInService(vector));
        if (findings.Count == before && !arrived)
        {
            findings.Add(new Finding(
                Obstacle.NoSource, $"no I/O APIC pin, local vector table or 8259 is programmed to send vector {vector:x}h; IPIs and messages may"));
        }
    }

    private void LocalSources(List<Finding> findings, int cpu, byte vector)
    {
        LocalApic apic = fabric.LocalApics[cpu];
        foreach (LocalVector which in Enum.GetValues<LocalVector>())
        {
            LocalVectorEntry entry = apic.Entry(which);
            if (entry.Vector != vector || vector == 0 || entry.DeliveryMode != DeliveryMode.Fixed)
            {
                continue;
            }
            bool isIdle = which == LocalVector.Timer && apic.TimerExpiry == IDeviceClock.Never;
            Obstacle obstacle = entry.IsMasked ? Obstacle.LocalEntryMasked : isIdle ? Obstacle.TimerStopped : Obstacle.None;
            string masked = entry.IsMasked ? ", which is masked" : "";
            string idle = isIdle ? "; the timer is not running" : "";
            findings.Add(new Finding(obstacle, $"sent by the {which} entry of CPU {cpu}'s local vector table{masked}{idle}"));
        }
    }

    private static int? InPics(Pic8259Pair pics, byte vector)
    {
        int master = vector - pics.Master.VectorBase;
        int slave = vector - pics.Slave.VectorBase;
        return master is >= 0 and < Pic8259.InputCount ? master
            : slave is >= 0 and < Pic8259.InputCount ? slave + Pic8259.InputCount
            : null;
    }

    /// <summary>What a CPU does with a vector that was sent to it.</summary>
    private void AtCpu(List<Finding> findings, int cpu, byte vector)
    {
        LocalApic apic = fabric.LocalApics[cpu];
        CpuGlance glance = cpus[cpu];
        string place = $"CPU {cpu}";
        if (glance.WaitsForStartUp)
        {
            // First: INIT has disabled its local APIC besides, which is not what its kernel has to mend.
            findings.Add(new Finding(Obstacle.WaitsForStartUp, $"{place}: it waits for a SIPI, and takes no interrupt before"));
            return;
        }
        if (apic.Mode == LocalApicMode.Disabled)
        {
            findings.Add(ApicDisabled(cpu));
            return;
        }
        if (!apic.SoftwareEnabled)
        {
            findings.Add(new Finding(
                Obstacle.ApicSoftwareDisabled, $"{place}: its local APIC is disabled in SVR ({apic.Svr:x}h: bit 8 is 0), so it takes no interrupt"));
            return;
        }
        if (apic.IsInService(vector))
        {
            findings.Add(new Finding(
                Obstacle.InService, $"{place}: vector {vector:x}h is in service: it was delivered, and no EOI has come since"));
        }
        string delivered = glance.Delivered.TryGetValue(vector, out long time) ? $"; delivered last at {time / 1e6:f3} ms" : "";
        if (!apic.IsRequested(vector))
        {
            findings.Add(new Finding(Obstacle.None, $"{place}: vector {vector:x}h is not waiting{delivered}"));
            return;
        }
        findings.Add(new Finding(Obstacle.None, $"{place}: vector {vector:x}h waits (IRR is set){delivered}"));
        HeldBack(findings, apic, place, vector);
        if (!glance.InterruptsOn)
        {
            findings.Add(new Finding(Obstacle.InterruptsOff, $"{place}: interrupts are off (RFLAGS.IF = 0) at RIP {glance.Rip:x}h"));
        }
    }

    private static void HeldBack(List<Finding> findings, LocalApic apic, string place, byte vector)
    {
        const int priorityClass = 0xf0;
        if ((vector & priorityClass) <= (apic.TaskPriority & priorityClass))
        {
            findings.Add(new Finding(
                Obstacle.TaskPriority, $"{place}: held by TPR {apic.TaskPriority:x2}h, which no vector below {(apic.TaskPriority & priorityClass) + 16:x}h passes"));
        }
        for (int other = byte.MaxValue; other >= (vector & priorityClass); other--)
        {
            if (other != vector && apic.IsInService((byte)other))
            {
                findings.Add(new Finding(
                    Obstacle.InService, $"{place}: held by vector {other:x}h, which is in service without an EOI and of the same or a higher class"));
                return;
            }
        }
    }

    private static string Mode(RedirectionEntry entry) => entry.Mode switch
    {
        DeliveryMode.Fixed or DeliveryMode.LowestPriority =>
            $"vector {entry.Vector:x}h to {(entry.IsLogical ? "logical destination" : "APIC id")} {entry.Destination:x}h",
        DeliveryMode.NonMaskable => $"NMI to {entry.Destination:x}h",
        DeliveryMode.External => $"ExtINT to {entry.Destination:x}h",
        _ => $"{entry.Mode} to {entry.Destination:x}h",
    };

    private static string Ordinal(long number) => (number % 100 is >= 11 and <= 13 ? 0 : number % 10) switch
    {
        1 => $"{number}st",
        2 => $"{number}nd",
        3 => $"{number}rd",
        _ => $"{number}th",
    };
}
