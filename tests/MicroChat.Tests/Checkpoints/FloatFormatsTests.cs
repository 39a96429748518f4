using System.Runtime.InteropServices;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Tests.Checkpoints;

public sealed class FloatFormatsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(20_003)]
    public void Spans_equal_the_scalar_conversions(int length)
    {
        var random = new Random(20261121);
        float[] values = new float[length];
        random.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        for (int i = 0; i < length; i += 2)
        {
            values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-30, 20)));
        }
        ushort[] half = new ushort[length], brain = new ushort[length];
        FloatFormats.ToFloat16(values, half);
        FloatFormats.ToBFloat16(values, brain);
        Assert.Equal(values.Select(v => FloatFormats.ToFloat16(v) & (float.IsNaN(v) ? 0x7fff : 0xffff)), half.Zip(values, (h, v) => h & (float.IsNaN(v) ? 0x7fff : 0xffff)));
        Assert.Equal(values.Select(FloatFormats.ToBFloat16), brain);
        float[] wide = new float[length];
        FloatFormats.FromFloat16(half, wide);
        Assert.Equal(half.Select(FloatFormats.FromFloat16), wide);
        FloatFormats.FromBFloat16(brain, wide);
        Assert.Equal(brain.Select(FloatFormats.FromBFloat16), wide);
    }

    [Fact]
    public void Byte_spans_equal_the_scalar_conversions()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        float[] wide = new float[256];
        byte[] back = new byte[256];
        FloatFormats.FromE4M3(all, wide);
        FloatFormats.ToE4M3(wide, back);
        Assert.Equal(all.Where(b => (b & 0x7f) != 0x7f), back.Zip(wide).Where(p => !float.IsNaN(p.Second)).Select(p => p.First));
        FloatFormats.FromE5M2(all, wide);
        FloatFormats.ToE5M2(wide, back);
        Assert.Equal(all.Where(b => (b & 0x7f) <= 0x7c), back.Zip(wide).Where(p => !float.IsNaN(p.Second)).Select(p => p.First));
    }

    [Fact]
    public void Lengths_that_differ_are_refused() =>
        Assert.Contains("3", Assert.Throws<ArgumentException>(() => FloatFormats.ToBFloat16(new float[3], new ushort[2])).Message, StringComparison.Ordinal);
}
