namespace OsDevHv.Machine.Engine;

/// <summary>What the machine's processors are to be.</summary>
/// <param name="Count">How many, 1 to 64: one package of so many single-threaded cores.</param>
/// <param name="X2Apic">CPUID shows the x2APIC.</param>
/// <param name="TscDeadline">CPUID shows the TSC-deadline timer.</param>
/// <param name="HasClock">CPUID shows the engine's own paravirtual clock, where it has one that stops with the machine.</param>
public readonly record struct CpuFeatures(int Count, bool X2Apic = true, bool TscDeadline = true, bool HasClock = false);
