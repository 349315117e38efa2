namespace OsDevHv.Machine.Boot;

/// <summary>The symbols of a kernel's file at the bias with which it was loaded last; read once a bias. Any thread.</summary>
internal sealed class KernelSymbols(string kernel)
{
    private volatile Loaded? _loaded;

    /// <summary>The symbols at a bias.</summary>
    public ElfSymbols At(ulong bias)
    {
        if (_loaded is not { } loaded || loaded.Bias != bias)
        {
            _loaded = loaded = new Loaded(bias, new ElfSymbols(kernel, bias));
        }

        return loaded.Symbols;
    }

    private sealed record Loaded(ulong Bias, ElfSymbols Symbols);
}
