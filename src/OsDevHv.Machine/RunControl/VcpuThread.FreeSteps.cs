using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <content>Getting through a range without stepping each of its instructions.</content>
internal sealed partial class VcpuThread
{
    /// <summary>Instructions: most lines are left before that, and a plan costs as much as some steps.</summary>
    private const int StepsBeforeFreeRun = 32;

    /// <summary>
    /// Code that goes by tables of jumps is planned for as its parts are found; what changes all the time is stepped in the end.
    /// </summary>
    private const int MostPlans = 64;

    private const string Overran =
        "the code of the range was changed while the CPU ran through it, which was noticed only now: the step ends later than it should";

    private readonly HashSet<ulong> _roots = [];
    private StepRange _range;
    private RangePlan? _plan;
    private int _stepsInRange;
    private int _plansOfRange;
    private volatile bool _runsFreely;

    /// <summary>It is in the guest in a part of a range step that is not stepped. Any thread.</summary>
    public bool RunsFreely => _runsFreely;

    /// <summary>
    /// Inside the range, an instruction was stepped: runs on as far as that can be. True when the next instruction is to be stepped;
    /// false when the range is left or a stop is on its way, or something else is wanted of the vCPU.
    /// </summary>
    private bool GoFreely(ArmedTraps traps)
    {
        if (++_stepsInRange < StepsBeforeFreeRun)
        {
            return true;
        }
        switch (RunFreely(traps, out StopRequest stop))
        {
            case ExitOutcome.Handled:
                return true;
            case ExitOutcome.Stop:
                RaiseStop(stop);
                return false;
            case ExitOutcome.Pass:
                _controller.QueueStepOff(this);
                return false;
            default:
                return false;
        }
    }

    /// <summary>
    /// Lets the vCPU go to the next place at which it must be held; no interrupt is delivered meanwhile. <see
    /// cref="ExitOutcome.Handled"/> where the instruction it is at must be stepped; else as of <see cref="Step"/>.
    /// </summary>
    private ExitOutcome RunFreely(ArmedTraps traps, out StopRequest stop)
    {
        RangePlace place = RangePlace.None;
        while (true)
        {
            Drain();
            _vcpu.ClearKick();
            Interlocked.MemoryBarrier();
            _vcpu.GetGeneral(out GeneralRegisters general);
            _vcpu.GetSystem(out SystemRegisters system);
            ulong pc = CpuMode.LinearPc(general, system);
            if (!Range.Contains(pc))
            {
                stop = StepDone(place == RangePlace.None && _plan?.PlaceOf(pc) == RangePlace.None ? Overran : null);
                return ExitOutcome.Stop;
            }
            stop = default;
            if (_attention)
            {
                return ExitOutcome.Kicked;
            }
            if (_handler.IsCongested)
            {
                _controller.WaitWhile(this, _handler, static handler => handler.IsCongested);
                continue;
            }
            if (!MayRunFreely(traps, general, system) || !IsPlanned(traps, system, pc) || _plan!.PlaceOf(pc) == RangePlace.Exit)
            {
                return ExitOutcome.Handled;
            }
            if (!TryEnterFreely(traps, out VcpuExit exit))
            {
                return ExitOutcome.Handled;
            }
            place = PlaceOf(exit, traps);
            if (place == RangePlace.None)
            {
                ExitOutcome outcome = HandleExit(exit, traps, stepping: false, out stop);
                if (outcome is ExitOutcome.Stop or ExitOutcome.Pass)
                {
                    return outcome;
                }
                continue;
            }
            if (place != RangePlace.Outside)
            {
                stop = StepDone();
                return place == RangePlace.Exit || TryUndoFault() ? ExitOutcome.Handled : ExitOutcome.Stop;
            }
        }
    }

    private bool MayRunFreely(ArmedTraps traps, in GeneralRegisters general, in SystemRegisters system) =>
        _guestTrap is null && !_controller.InterruptsInSteps && _controller.IsAlone(this)
        && RangePlan.Allows(traps, general, system, Range);

    /// <summary>Whether there is a plan for the code as it is now; makes one where not.</summary>
    private bool IsPlanned(ArmedTraps traps, in SystemRegisters system, ulong pc)
    {
        if (_plansOfRange > MostPlans)
        {
            return false;
        }
        if (_plansOfRange == 0)
        {
            _roots.Clear();
            if (UsesDebugRegisters())
            {
                _plansOfRange = MostPlans + 1;
                return false;
            }
            _plansOfRange++;
        }
        if (_plan is { } known && known.IsCurrent(traps, system, Range, pc))
        {
            return true;
        }
        _roots.Add(pc);
        _plan = RangePlan.Make(traps, system, Range, _roots);
        _plansOfRange = _plan is null ? MostPlans + 1 : _plansOfRange + 1;
        return _plan is not null;
    }

    /// <summary>
    /// Whether the guest has debug registers of its own in force. In a range that is planned for it does not come to change that.
    /// </summary>
    private bool UsesDebugRegisters()
    {
        const ulong enables = 0xff;
        _vcpu.GetDebugRegisters(out DebugRegisters registers);
        return (registers.Dr7 & enables) != 0;
    }

    private bool TryEnterFreely(ArmedTraps traps, out VcpuExit exit)
    {
        exit = default;
        try
        {
            if (!_plan!.TryPlant())
            {
                return false;
            }
            _halted = false;
            _vcpu.WantInterruptWindow = false;
            _activity = VcpuActivity.Running;
            Apply(traps.RunControl);
            _runsFreely = true;
            Enter(out exit);
            return true;
        }
        finally
        {
            _runsFreely = false;
            _plan!.Lift();
        }
    }

    /// <summary>What of the plan an exit was at. RIP is on it then.</summary>
    private RangePlace PlaceOf(in VcpuExit exit, ArmedTraps traps)
    {
        _vcpu.GetGeneral(out GeneralRegisters general);
        switch (exit.Kind)
        {
            case VcpuExitKind.Halt:
                general.Rip--;
                break;
            case VcpuExitKind.Debug when exit.Vector == 3 || traps.IsBreakpoint(exit.DebugStatus & DebugRegisterBits.Enabled(_control.Dr7)):
            case VcpuExitKind.InstructionNotEmulated:
            case VcpuExitKind.Interrupted:
                break;
            default:
                return RangePlace.None;
        }
        _vcpu.GetSystem(out SystemRegisters system);
        RangePlace place = _plan!.PlaceOf(CpuMode.LinearPc(general, system));
        if (place == RangePlace.Exit && exit.Kind != VcpuExitKind.Halt)
        {
            // The debugger has a breakpoint there, which is what was hit; or nothing was.
            return RangePlace.None;
        }
        if (place != RangePlace.None && exit.Kind == VcpuExitKind.Halt)
        {
            _vcpu.SetGeneral(general);
        }
        return place;
    }

    private bool TryUndoFault()
    {
        _vcpu.GetGeneral(out GeneralRegisters general);
        if (!_plan!.TryUndoFault(ref general))
        {
            return false;
        }
        _vcpu.SetGeneral(general);
        return true;
    }
}
