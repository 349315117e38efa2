using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>Priorities and EOI as SDM 11.8 words them, on lists of vectors.</summary>
internal sealed class LocalApicModel
{
    private readonly SortedSet<int> _irr = [];
    private readonly SortedSet<int> _isr = [];
    private readonly HashSet<int> _tmr = [];

    public int TaskPriority { get; set; }

    public bool SuppressesBroadcast { get; set; }

    private int ProcessorClass => Math.Max(TaskPriority >> 4, _isr.Max >> 4);

    public void Accept(int vector, bool level)
    {
        if (vector < 16)
        {
            return;
        }

        _irr.Add(vector);
        _ = level ? _tmr.Add(vector) : _tmr.Remove(vector);
    }

    public int Acknowledge()
    {
        int highest = _irr.Max;
        if (highest >> 4 <= ProcessorClass)
        {
            return -1;
        }

        _irr.Remove(highest);
        _isr.Add(highest);
        return highest;
    }

    /// <summary>The vector that is broadcast, or -1.</summary>
    public int End()
    {
        int highest = _isr.Max;
        return _isr.Remove(highest) && _tmr.Contains(highest) && !SuppressesBroadcast ? highest : -1;
    }

    public void AssertPrioritiesOf(LocalApic apic)
    {
        Assert.Equal(ProcessorClass, apic.ProcessorPriority >> 4);
        Assert.Equal(_irr.Max >> 4 > ProcessorClass, apic.HasInterrupt);
        Assert.Equal(TaskPriority, apic.TaskPriority);
    }

    public void AssertVectorsOf(LocalApic apic)
    {
        for (int vector = 0; vector < 256; vector++)
        {
            Assert.Equal(_irr.Contains(vector), apic.IsRequested((byte)vector));
            Assert.Equal(_isr.Contains(vector), apic.IsInService((byte)vector));
            Assert.Equal(_tmr.Contains(vector), apic.IsLevel((byte)vector));
        }
    }
}

/// <summary>The counting modes of the timer, a nanosecond at a time.</summary>
internal sealed class LocalApicTimerModel
{
    private bool _periodic;
    private int _divisor = 2;
    private int _phase;
    private uint _initial;
    private bool _expired;

    public uint Count { get; private set; }

    public void SetPeriodic(bool periodic) => _periodic = periodic;

    public void SetDivisor(int divisor)
    {
        _divisor = divisor;
        _phase = 0;
    }

    public void SetInitial(uint value)
    {
        _initial = value;
        Count = value;
        _phase = 0;
    }

    public void Run(int nanoseconds)
    {
        for (int i = 0; i < nanoseconds && Count != 0; i++)
        {
            if (++_phase < _divisor)
            {
                continue;
            }

            _phase = 0;
            if (--Count == 0)
            {
                _expired = true;
                Count = _periodic ? _initial : 0;
            }
        }
    }

    public bool TakeExpired()
    {
        bool expired = _expired;
        _expired = false;
        return expired;
    }
}
