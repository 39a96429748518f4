using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Sampling;

public sealed class SeededDrawsTests
{
    /// <summary>Known answers of the Random123 distribution (kat_vectors, philox4x32-10).</summary>
    [Theory]
    [InlineData(new uint[] { 0, 0, 0, 0 }, 0u, 0u, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [InlineData(new uint[] { ~0u, ~0u, ~0u, ~0u }, ~0u, ~0u, new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [InlineData(new uint[] { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, 0xa4093822, 0x299f31d0, new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
    public void Philox_gives_the_published_answers(uint[] counter, uint key0, uint key1, uint[] wanted)
    {
        SeededDraws.Philox(counter, key0, key1);
        Assert.Equal(wanted, counter);
    }

    [Fact]
    public void A_stream_continues_at_its_saved_position()
    {
        var whole = new SeededDraws(11, 5);
        for (int i = 0; i < 10; i++)
        {
            whole.NextDouble();
        }
        var resumed = new SeededDraws(whole.Seed, whole.Sequence, whole.Position);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(whole.NextUInt64(), resumed.NextUInt64());
        }
    }

    [Fact]
    public void Seeds_and_sequences_give_different_streams()
    {
        var firsts = new HashSet<ulong>();
        for (ulong seed = 0; seed < 50; seed++)
        {
            for (ulong sequence = 0; sequence < 50; sequence++)
            {
                Assert.True(firsts.Add(new SeededDraws(seed, sequence).NextUInt64()));
            }
        }
    }

    [Fact]
    public void Draws_fill_the_unit_interval_evenly()
    {
        const int Draws = 100_000, Bins = 100;
        int[] counts = new int[Bins];
        var draws = new SeededDraws(1, 0);
        for (int i = 0; i < Draws; i++)
        {
            counts[(int)(draws.NextDouble() * Bins)]++;
        }
        double chiSquare = counts.Sum(n => Math.Pow(n - Draws / Bins, 2) / (Draws / Bins));
        Assert.InRange(chiSquare, 50, 160);              // 99 degrees of freedom: p of either end about 1e-4
    }
}
