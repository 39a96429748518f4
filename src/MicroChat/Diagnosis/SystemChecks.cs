using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using MicroChat.Adapters;
using MicroChat.Model.Decoding;
using MicroChat.Verbs;

namespace MicroChat.Diagnosis;

/// <summary>Versions, processor, memory and disk.</summary>
internal static class SystemChecks
{
    private const long Megabyte = 1 << 20;
    private const long LeastMemory = 512 * Megabyte;
    private const long LeastDisk = 512 * Megabyte;

    public static IEnumerable<Finding> Run(ProgramContext program) =>
        [Versions(), Profile(), Device(), Processor(program), Memory(), Disk(program.DataFolder), Writable(program.DataFolder)];

    private static Finding Versions()
    {
        string found = $"MicroChat {VersionVerb.ProgramVersion}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}";
        return Environment.Is64BitProcess
            ? Finding.Good("versions", found)
            : Finding.Broken("versions", found, "A 32-bit process cannot map the weights: install the 64-bit .NET runtime.");
    }

    private static Finding Profile() => Finding.Good("profile",
        $"{BuiltInAdapters.Profile}: Discord.Net{Adapter(BuiltInAdapters.DiscordNetFault)}, Microsoft.ML.Tokenizers{Adapter(BuiltInAdapters.TokenizerFault)}, TorchSharp{Adapter(BuiltInAdapters.TorchFault)}");

    private static Finding Device()
    {
        using IComputeBackend backend = ComputeBackends.New(Environment.ProcessorCount);
        return Finding.Good("device", $"{backend.Description}, {backend.AvailableBytes / Megabyte:N0} MB free");
    }

    private static string Adapter(string? fault) => fault is null ? " works" : $", {fault}";

    private static Finding Processor(ProgramContext program)
    {
        (string Name, bool Supported)[] features =
        [
            ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX-512", Avx512F.IsSupported), ("NEON", AdvSimd.Arm64.IsSupported),
        ];
        string found = $"{Environment.ProcessorCount} logical processors, " +
            $"{string.Join(" ", features.Where(f => f.Supported).Select(f => f.Name).DefaultIfEmpty("no vector instructions"))}";
        string[] switches = [.. SwitchesThatDisable(program)];
        if (switches.Length > 0)
        {
            return Finding.Doubtful("processor", $"{found}, with {string.Join(", ", switches)}", "Unset it, unless you are testing: it slows the model down.");
        }
        return Vector256.IsHardwareAccelerated || AdvSimd.Arm64.IsSupported
            ? Finding.Good("processor", found)
            : Finding.Broken("processor", found, "The kernels need AVX2 with FMA, or NEON: use a processor from 2013 or later, and pass its features through to the virtual machine.");
    }

    private static IEnumerable<string> SwitchesThatDisable(ProgramContext program)
    {
        string[] names = ["DOTNET_EnableHWIntrinsic", "DOTNET_EnableAVX", "DOTNET_EnableAVX2", "DOTNET_EnableAVX512"];
        return names.Where(name => program.Variable(name) == "0").Select(name => name + "=0");
    }

    private static Finding Memory()
    {
        long bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        string found = $"{bytes / Megabyte:N0} MB available to this process";
        return bytes >= LeastMemory
            ? Finding.Good("memory", found)
            : Finding.Doubtful("memory", found, $"{LeastMemory / Megabyte} MB or more leave room for the model and its cache; raise the container's limit.");
    }

    private static Finding Disk(string folder)
    {
        try
        {
            DirectoryInfo existing = new(Path.GetFullPath(folder));
            while (!existing.Exists && existing.Parent is { } parent)
            {
                existing = parent;
            }
            var drive = new DriveInfo(existing.FullName);
            string found = $"{drive.AvailableFreeSpace / Megabyte:N0} MB free where {folder} lies";
            return drive.AvailableFreeSpace >= LeastDisk
                ? Finding.Good("disk", found)
                : Finding.Doubtful("disk", found, $"Free some: checkpoints and feedback want {LeastDisk / Megabyte} MB or more.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Finding.Doubtful("disk", $"the free space where {folder} lies is unknown ({e.Message})", "Check it yourself if saving fails.");
        }
    }

    private static Finding Writable(string folder)
    {
        string probe = Path.Combine(folder, $".probe-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return Finding.Good("feedback", $"{folder} can be written");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Doubtful("feedback", $"{folder} cannot be written ({e.Message})", "Make it writable, or name another file with chat --database FILE.");
        }
    }
}
