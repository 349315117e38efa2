using CsCheck;
using OsDevHv.Kvm;
using Xunit;

namespace OsDevHv.Tests.Kvm;

/// <summary>Guest RAM without KVM: bounds, contents, lifetime.</summary>
public sealed class GuestRamTests
{
    private const ulong Length = 4 * GuestRam.PageSize;

    [Fact]
    public void What_is_written_is_read_back()
    {
        using var ram = new GuestRam(Length);

        Assert.True(ram.TryWrite(0x1ffe, [1, 2, 3, 4]));

        var read = new byte[6];
        Assert.True(ram.TryRead(0x1ffd, read));
        Assert.Equal([0, 1, 2, 3, 4, 0], read);
        Assert.True(ram.TryPeek(0x2001, out var value));
        Assert.Equal(4, value);
    }

    [Fact]
    public void Only_what_lies_wholly_inside_is_accessed()
    {
        using var ram = new GuestRam(Length);
        Gen.Select(Gen.OneOf(Gen.ULong[0, Length + 32], Gen.ULong), Gen.Int[0, 48]).Sample((offset, count) =>
        {
            var inside = (UInt128)offset + (UInt128)(uint)count <= Length;
            return ram.TryRead(offset, new byte[count]) == inside
                && ram.TryWrite(offset, new byte[count]) == inside
                && ram.TryFill(offset, (ulong)count, 0) == inside
                && ram.Contains(offset, (ulong)count) == inside
                && ram.TryPeek(offset, out _) == (offset < Length);
        });
    }

    [Fact]
    public void Cleared_RAM_is_zeros_and_takes_writes_again()
    {
        using var ram = new GuestRam(Length);
        Assert.True(ram.TryFill(0, Length, 0x5a));

        ram.Clear();

        var all = new byte[Length];
        Assert.True(ram.TryRead(0, all));
        Assert.All(all, static value => Assert.Equal(0, value));
        Assert.True(ram.TryWrite(Length - 1, [7]));
        Assert.True(ram.TryPeek(Length - 1, out var last));
        Assert.Equal(7, last);
    }

    [Fact]
    public void A_refused_access_changes_nothing()
    {
        using var ram = new GuestRam(Length);
        byte[] destination = [9, 9];

        Assert.False(ram.TryWrite(Length - 1, [1, 2]));
        Assert.False(ram.TryRead(Length - 1, destination));
        Assert.False(ram.TryFill(Length - 1, 2, 7));

        Assert.True(ram.TryPeek(Length - 1, out var last));
        Assert.Equal(0, last);
        Assert.Equal([9, 9], destination);
    }

    [Fact]
    public void A_fill_sets_all_its_bytes_and_no_others()
    {
        using var ram = new GuestRam(Length);

        Assert.True(ram.TryFill(10, 4, 0xaa));

        var read = new byte[6];
        Assert.True(ram.TryRead(9, read));
        Assert.Equal([0, 0xaa, 0xaa, 0xaa, 0xaa, 0], read);
    }

    [Fact]
    public void Memory_above_2_GiB_is_reached()
    {
        const ulong sixGibibytes = 6UL << 30;
        using var ram = new GuestRam(sixGibibytes);

        Assert.True(ram.TryWrite(sixGibibytes - 2, [0x12, 0x34]));

        Assert.True(ram.TryPeek(sixGibibytes - 1, out var value));
        Assert.Equal(0x34, value);
        Assert.False(ram.TryPeek(sixGibibytes, out _));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(4097UL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    public void A_length_that_is_not_of_whole_pages_is_refused(ulong length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GuestRam(length));
    }

    [Fact]
    public void More_than_the_address_space_is_refused_with_words()
    {
        var error = Assert.Throws<InsufficientMemoryException>(() => new GuestRam(1UL << 62));

        Assert.Contains("less memory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Once_disposed_it_says_so_and_a_peek_finds_nothing()
    {
        var ram = new GuestRam(Length);
        ram.Dispose();

        Assert.Throws<ObjectDisposedException>(() => ram.TryRead(0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => ram.TryWrite(0, [1]));
        Assert.False(ram.TryPeek(0, out _));
        Assert.Equal(0UL, ram.Length);
    }
}
