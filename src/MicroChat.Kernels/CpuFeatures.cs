using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MicroChat.Kernels;

/// <summary>What the processor offers to the kernels, and the refusal of one that would be many times too slow.</summary>
public static class CpuFeatures
{
    /// <summary>Set to 1, this environment variable lets the program run on a processor without the wanted instructions.</summary>
    public const string AllowSlowVariable = "MICROCHAT_ALLOW_SLOW_CPU";

    private static readonly (string Name, bool Present)[] s_features =
    [
        ("AVX-512", Vector512.IsHardwareAccelerated),
        ("AVX2", Avx2.IsSupported),
        ("FMA", Fma.IsSupported),
        ("AVX-VNNI", AvxVnni.IsSupported),
        ("AdvSimd", AdvSimd.Arm64.IsSupported),
        ("Dp", Dp.Arm64.IsSupported),
    ];

    /// <summary>The vector instructions that the kernels can use here, such as "AVX-512, AVX2, FMA"; "no vector instructions" without any.</summary>
    public static string Describe()
    {
        string found = string.Join(", ", s_features.Where(feature => feature.Present).Select(feature => feature.Name));
        return found.Length > 0 ? found : "no vector instructions";
    }

    /// <summary>
    /// Refuses x64 without AVX2 and FMA, and Arm64 without AdvSimd, unless <see cref="AllowSlowVariable"/> is 1: every kernel is right there,
    /// but ten and more times slower.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">The instructions are missing; the message names them and the remedy.</exception>
    public static void Require() => Require(
        RuntimeInformation.ProcessArchitecture,
        (Avx2.IsSupported && Fma.IsSupported) || AdvSimd.Arm64.IsSupported,
        Environment.GetEnvironmentVariable(AllowSlowVariable));

    internal static void Require(Architecture architecture, bool fast, string? allowSlow)
    {
        if (fast || allowSlow == "1")
        {
            return;
        }
        string wanted = architecture == Architecture.Arm64 ? "AdvSimd" : "AVX2 and FMA";
        throw new PlatformNotSupportedException(
            $"This {architecture} processor offers {Describe()}; MicroChat computes with {wanted}. Run it on a processor that has them and see that "
            + "no DOTNET_Enable… variable or virtual machine hides them; "
            + $"or set {AllowSlowVariable}=1 to run many times slower.");
    }
}
