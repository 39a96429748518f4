using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class CpuFeaturesTests
{
    [Theory]
    [InlineData(Architecture.X64, "AVX2 and FMA")]
    [InlineData(Architecture.Arm64, "AdvSimd")]
    public void A_slow_processor_is_refused_with_what_is_wanted_and_the_remedy(Architecture architecture, string wanted)
    {
        var refusal = Assert.Throws<PlatformNotSupportedException>(() => CpuFeatures.Require(architecture, fast: false, allowSlow: null));
        Assert.Contains(CpuFeatures.Describe(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"computes with {wanted}.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("set MICROCHAT_ALLOW_SLOW_CPU=1", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, "0")]
    [InlineData(false, "1")]
    public void A_fast_processor_or_an_explicit_wish_passes(bool fast, string? allowSlow) =>
        CpuFeatures.Require(Architecture.X64, fast, allowSlow);

    [Fact]
    public void The_description_names_what_the_kernels_use()
    {
        string description = CpuFeatures.Describe();
        Assert.NotEqual("", description);
        Assert.Equal(Vector512.IsHardwareAccelerated, description.Contains("AVX-512", StringComparison.Ordinal));
    }
}
