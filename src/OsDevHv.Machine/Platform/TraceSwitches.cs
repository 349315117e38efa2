namespace OsDevHv.Machine.Platform;

/// <summary>What is traced, which a debugger may change while the machine runs. Any thread.</summary>
internal sealed class TraceSwitches(TraceCategories categories)
{
    private int _categories = (int)categories;

    /// <summary>Whether all of these are traced.</summary>
    public bool IsOn(TraceCategories categories) => ((TraceCategories)Volatile.Read(ref _categories) & categories) == categories;

    /// <summary>Switches tracing on or off.</summary>
    public void Set(TraceCategories categories, bool on)
    {
        if (on)
        {
            Interlocked.Or(ref _categories, (int)categories);
        }
        else
        {
            Interlocked.And(ref _categories, ~(int)categories);
        }
    }
}
