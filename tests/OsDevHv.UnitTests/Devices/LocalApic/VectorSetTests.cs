using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class VectorSetTests
{
    [Fact]
    public void A_set_is_a_set_with_its_highest_and_its_words()
    {
        Gen.Select(Gen.Byte[16, 255], Gen.Bool).Array[0, 60].Sample(
            steps =>
            {
                VectorSet set = new();
                SortedSet<byte> model = [];
                foreach ((byte vector, bool add) in steps)
                {
                    if (add)
                    {
                        set.Add(vector);
                        model.Add(vector);
                    }
                    else
                    {
                        set.Remove(vector);
                        model.Remove(vector);
                    }

                    Assert.Equal(model.Max, set.Highest);
                }

                for (int vector = 0; vector < 256; vector++)
                {
                    Assert.Equal(model.Contains((byte)vector), set.Contains((byte)vector));
                    Assert.Equal(model.Contains((byte)vector), (set.Word(vector / 32) & (1u << (vector % 32))) != 0);
                }

                set.Clear();
                Assert.Equal(0, set.Highest);
            },
            iter: 2_000);
    }
}
