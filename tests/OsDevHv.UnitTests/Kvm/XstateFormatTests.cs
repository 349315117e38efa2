using OsDevHv.Gdb;
using OsDevHv.Kvm.Abi;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;
using Xunit;

namespace OsDevHv.Tests.Kvm;

/// <summary>Where the extended state lies follows CPUID leaf 0Dh, which differs between processors.</summary>
public sealed class XstateFormatTests
{
    [Fact]
    public void Components_are_where_CPUID_says_and_only_those_that_XCR0_can_have()
    {
        // As an AMD Zen 4 has it; an Intel processor has the masks at 440h.
        XstateFormat format = Format(0xe7, (2, 256, 576), (5, 64, 832), (6, 512, 896), (7, 1024, 1408), (9, 8, 2432));
        byte[] image = new byte[XstateFormat.ImageSize];
        image[832] = 0x5a;

        Assert.Equal(0x5a, format.Find(XstateComponent.Masks, image)[0]);
        Assert.Equal(RegisterFeatures.Avx | RegisterFeatures.Avx512, XstateImage.Features(format));
    }

    [Fact]
    public void A_processor_without_XSAVE_has_none() => Assert.Equal(RegisterFeatures.None, XstateImage.Features(Format(0)));

    [Fact]
    public void A_component_that_does_not_fit_into_the_image_is_left_out()
    {
        XstateFormat format = Format(4, (2, 256, 4000));

        Assert.False(format.Has(XstateComponent.Avx));
        Assert.True(format.Find(XstateComponent.Avx, new byte[XstateFormat.ImageSize]).IsEmpty);
    }

    private static XstateFormat Format(uint supported, params (uint Index, uint Size, uint Offset)[] components)
    {
        KvmCpuidEntry[] leaves =
        [
            new() { Function = 0xd, Eax = supported },
            .. components.Select(static c => new KvmCpuidEntry { Function = 0xd, Index = c.Index, Eax = c.Size, Ebx = c.Offset }),
        ];
        return KvmProcessor.From(leaves).Xstate;
    }
}
