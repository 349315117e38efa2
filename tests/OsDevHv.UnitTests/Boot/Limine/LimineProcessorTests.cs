using OsDevHv.Machine.Boot;
using Xunit;

namespace OsDevHv.Tests.Boot.Limine;

/// <summary>"MP (Multiprocessor) Feature".</summary>
public sealed class LimineProcessorTests
{
    private static LimineKernel Boot(int cpus, ulong flags, bool hasX2Apic = true, int revision = 6) => new LimineKernel(
        revision,
        new BootBench { Machine = new BootMachine { CpuCount = cpus, HasX2Apic = hasX2Apic } },
        TestRequest.Mp with { Members = [flags] }, TestRequest.MemoryMap).Load();

    private static ulong[] Processors(LimineKernel kernel)
    {
        ulong count = kernel.Member(TestRequest.Mp, 1);
        ulong array = kernel.Member(TestRequest.Mp, 2);
        return [.. Enumerable.Range(0, (int)count).Select(index => kernel.U64(array + ((ulong)index * 8)))];
    }

    [Fact]
    public void Every_processor_is_told_with_its_ids_and_nowhere_to_go()
    {
        using LimineKernel kernel = Boot(3, flags: 0);

        ulong[] processors = Processors(kernel);
        Assert.Equal([0x0_0000_0000u, 0x1_0000_0001u, 0x2_0000_0002u], processors.Select(kernel.U64));
        Assert.All(processors, processor => Assert.Equal(0u, kernel.U64(processor + 16)));
        Assert.Equal(0u, kernel.Member(TestRequest.Mp, 0));
    }

    [Fact]
    public void A_single_processor_is_told_too()
    {
        using LimineKernel kernel = Boot(1, flags: 0);

        Assert.Single(Processors(kernel));
        Assert.Empty(kernel.Image.OtherProcessors);
    }

    [Fact]
    public void The_others_wait_in_reclaimable_code_with_their_information_and_stacks_of_their_own()
    {
        using LimineKernel kernel = Boot(3, flags: 0);

        ulong[] processors = Processors(kernel);
        IReadOnlyList<ParkedProcessor> others = kernel.Image.OtherProcessors;
        Assert.Equal(processors[1..], others.Select(other => other.General.Rdi));
        Assert.Equal(
            processors[1..].Select(processor => kernel.Walk(processor + 16).PhysicalAddress), others.Select(other => other.ReleaseAddress));
        Assert.All(others, other => Assert.Equal(kernel.U64(other.General.Rdi + 8), other.General.Rsp));
        Assert.All(others, other => Assert.Equal(5u, kernel.TypeOf(kernel.Walk(other.General.Rip).PhysicalAddress)));
        Assert.Equal(0x1_0000u, others[1].General.Rsp - others[0].General.Rsp);
        Assert.Equal(0x1_0000u, others[0].General.Rsp - (kernel.Image.General.Rsp + 8));
        Assert.All(others, other => Assert.Equal(kernel.Image.System.Cr3, other.System.Cr3));
        Assert.All(others, other => Assert.Equal(0u, other.System.ApicBase & 0x100));
    }

    [Fact]
    public void Without_the_request_the_others_are_not_started()
    {
        using LimineKernel kernel =
            new LimineKernel(6, new BootBench { Machine = new BootMachine { CpuCount = 4 } }, TestRequest.MemoryMap).Load();

        Assert.Empty(kernel.Image.OtherProcessors);
        Assert.False(kernel.Image.Interrupts!.IncludesAllProcessors);
    }

    [Theory]
    [InlineData(1, true, true)]
    [InlineData(0, true, false)]
    [InlineData(1, false, false)]
    public void X2APIC_mode_is_entered_where_it_is_asked_for_and_there(ulong flags, bool has, bool entered)
    {
        using LimineKernel kernel = Boot(2, flags, has);

        Assert.Equal(entered ? 1u : 0, (uint)kernel.Member(TestRequest.Mp, 0));
        Assert.Equal(entered, kernel.Image.Interrupts!.EntersX2Apic);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Local_interrupts_are_masked_from_base_revision_5_on(int revision, bool masked)
    {
        using LimineKernel kernel = Boot(2, flags: 0, revision: revision);

        Assert.Equal(masked, kernel.Image.Interrupts!.MasksLocalInterrupts);
    }
}
