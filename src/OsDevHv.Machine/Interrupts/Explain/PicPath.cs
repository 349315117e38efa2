using OsDevHv.Devices;

namespace OsDevHv.Machine.Interrupts.Explain;

/// <summary>The way of an ISA interrupt through the 8259s and LINT0. With the fabric's lock.</summary>
internal sealed class PicPath(InterruptFabric fabric, IReadOnlyList<CpuGlance> cpus)
{
    /// <summary>Adds what it finds for an interrupt, 0 to 15.</summary>
    public void Follow(List<Finding> findings, Pic8259Pair pics, int interrupt)
    {
        bool isSlaves = interrupt >= Pic8259.InputCount;
        bool clear = isSlaves
            ? ThroughChip(findings, pics.Slave, "slave 8259", interrupt, interrupt - Pic8259.InputCount)
                & ThroughChip(findings, pics.Master, "master 8259", interrupt, Pic8259.CascadeInput)
            : ThroughChip(findings, pics.Master, "8259", interrupt, interrupt);
        if (clear)
        {
            ToCpus(findings, pics, interrupt);
        }
    }

    private static bool ThroughChip(List<Finding> findings, Pic8259 chip, string name, int interrupt, int input)
    {
        int bit = 1 << input;
        string what = input == Pic8259.CascadeInput && interrupt >= Pic8259.InputCount
            ? "input 2, through which the slave comes,"
            : $"IRQ{interrupt}";
        if ((chip.Imr & bit) != 0)
        {
            findings.Add(new Finding(Obstacle.PicMasked, $"{name}: {what} is masked (IMR {chip.Imr:x2}h)"));
            return false;
        }
        if (!chip.IsInitialized)
        {
            findings.Add(new Finding(Obstacle.PicNotInitialised, $"{name}: its initialisation was begun and not finished (ICW2 to ICW4)"));
            return false;
        }
        if (Blocking(chip, input) is { } blocker)
        {
            findings.Add(new Finding(
                Obstacle.PicInService, $"{name}: {what} is held by its input {blocker}, which is in service without an EOI (ISR {chip.Isr:x2}h)"));
            return false;
        }
        string waits = (chip.Irr & bit) != 0 ? "waits (IRR is set)" : "does not wait";
        findings.Add(new Finding(Obstacle.None, $"{name}: {what} is unmasked and {waits}; acknowledged {chip.AcknowledgedCount(input)} times"));
        return true;
    }

    /// <summary>The input of the same or higher priority that is in service, if one is.</summary>
    private static int? Blocking(Pic8259 chip, int input)
    {
        if (chip.SpecialMask)
        {
            return null;
        }
        for (int i = 1; i <= Pic8259.InputCount; i++)
        {
            int candidate = (chip.LowestPriority + i) % Pic8259.InputCount;
            bool passes = candidate == input && chip.SpecialFullyNested;
            if ((chip.Isr & (1 << candidate)) != 0 && !passes)
            {
                return candidate;
            }
            if (candidate == input)
            {
                return null;
            }
        }
        return null;
    }

    private void ToCpus(List<Finding> findings, Pic8259Pair pics, int interrupt)
    {
        Pic8259 chip = interrupt < Pic8259.InputCount ? pics.Master : pics.Slave;
        int vector = chip.VectorBase + (interrupt % Pic8259.InputCount);
        bool taken = false;
        for (int cpu = 0; cpu < fabric.LocalApics.Count; cpu++)
        {
            LocalApic apic = fabric.LocalApics[cpu];
            LocalVectorEntry lint0 = apic.Entry(LocalVector.Lint0);
            if (apic.Mode != LocalApicMode.Disabled && (lint0.IsMasked || lint0.DeliveryMode != DeliveryMode.External))
            {
                continue;
            }
            taken = true;
            findings.Add(new Finding(Obstacle.None, $"CPU {cpu}: LINT0 takes the 8259s' output; this interrupt's vector is {vector:x}h"));
            CpuGlance glance = cpus[cpu];
            if (pics.IsInterruptRequested && !glance.InterruptsOn)
            {
                findings.Add(new Finding(Obstacle.InterruptsOff, $"CPU {cpu}: interrupts are off (RFLAGS.IF = 0) at RIP {glance.Rip:x}h"));
            }
        }
        if (!taken)
        {
            findings.Add(new Finding(Obstacle.Lint0, "no CPU takes the 8259s' output: LINT0 is masked, or is not in ExtINT mode, in every local APIC"));
        }
        else if (vector < 32)
        {
            findings.Add(new Finding(
                Obstacle.PicNotInitialised, $"vector {vector:x}h is an exception's: the 8259s were not moved away by ICW2 (base {chip.VectorBase:x}h)"));
        }
    }
}
