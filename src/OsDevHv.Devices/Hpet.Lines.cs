namespace OsDevHv.Devices;

/// <content>The lines and messages by which timers interrupt.</content>
public sealed partial class Hpet
{
    private void Fire(int index)
    {
        ref HpetTimer timer = ref _timers[index];
        if (timer.IsEnabled && timer.SendsMessages)
        {
            _messages.Signal(timer.Message >> 32, (uint)timer.Message);
        }

        if (timer.IsLevelTriggered)
        {
            timer.IsAsserted = true;
        }
        else if (timer.IsEnabled && !timer.SendsMessages)
        {
            timer.IsAsserted = true;
            ReleaseEdgesOn(LineOf(index));
            DriveLines();
            timer.IsAsserted = true;
        }
    }

    /// <summary>Each match of an edge-triggered timer is an edge, also on a line that another one holds.</summary>
    private void ReleaseEdgesOn(ulong line)
    {
        for (int i = 0; i < _timers.Length; i++)
        {
            if (LineOf(i) == line)
            {
                _timers[i].ReleaseEdge();
            }
        }
    }

    /// <summary>The line that a timer drives high, as a bit: 0 to 31 are pins, then the two of legacy replacement. None if it drives
    /// none.</summary>
    private ulong LineOf(int index)
    {
        ref readonly HpetTimer timer = ref _timers[index];
        if (!Enabled || !timer.IsEnabled || !timer.IsAsserted || timer.SendsMessages)
        {
            return 0;
        }

        if (LegacyReplacement && index < 2)
        {
            return 1UL << (FirstLegacyLine + index);
        }

        return timer.IsRoutable ? 1UL << timer.Route : 0;
    }

    private void DriveLines()
    {
        ulong lines = 0;
        for (int i = 0; i < _timers.Length; i++)
        {
            lines |= LineOf(i);
        }

        ulong changed = lines ^ _linesHigh;
        _linesHigh = lines;
        while (changed != 0)
        {
            int line = System.Numerics.BitOperations.TrailingZeroCount(changed);
            bool high = (lines >> line & 1) != 0;
            changed &= changed - 1;
            if (line < FirstLegacyLine)
            {
                _outputs.SetLine(line, high);
            }
            else
            {
                _outputs.SetLegacy(line - FirstLegacyLine, high);
            }
        }
    }
}
