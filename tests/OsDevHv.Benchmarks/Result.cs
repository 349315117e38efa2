namespace OsDevHv.Benchmarks;

/// <summary>What our figure is measured by.</summary>
internal enum Goal
{
    /// <summary>Ours is to be at most the target times the reference.</summary>
    AtMost,

    /// <summary>Ours is to be at least the target times the reference.</summary>
    AtLeast,
}

/// <summary>One line of the report.</summary>
/// <param name="Name">What was measured, with the unit.</param>
/// <param name="Meaning">What exactly, in a sentence.</param>
/// <param name="Ours">Our samples.</param>
/// <param name="Qemu">QEMU's.</param>
/// <param name="Yardstick">
/// What sets the target where QEMU does not: the samples of a bare C loop on KVM, or a fixed limit; else null.
/// </param>
/// <param name="Goal">Which way is better.</param>
/// <param name="Target">What the ratio of our median to the reference's is to be.</param>
internal sealed record Result(string Name, string Meaning, Samples Ours, Samples Qemu, Samples? Yardstick, Goal Goal, double Target)
{
    /// <summary>Our median by the reference's.</summary>
    public double Ratio => Ours.Median / Reference.Median;

    /// <summary>Our best round by the reference's.</summary>
    public double BestRatio => Best(Ours) / Best(Reference);

    /// <summary>Whether the best rounds meet the target: what else the host does only ever makes a round worse.</summary>
    public bool IsMet => Goal == Goal.AtMost ? BestRatio <= Target : BestRatio >= Target;

    private Samples Reference => Yardstick ?? Qemu;

    /// <summary>The round that the host disturbed least.</summary>
    public double Best(Samples samples) => Goal == Goal.AtMost ? samples.Least : samples.Greatest;
}

/// <summary>Repeated measurements of one thing.</summary>
internal sealed class Samples(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    /// <summary>What each is in another unit.</summary>
    public Samples As(Func<double, double> unit) => new(_sorted.Select(unit));

    public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

    public double Least => _sorted[0];

    public double Greatest => _sorted[^1];
}
