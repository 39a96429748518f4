using System.Runtime.InteropServices;

namespace MicroChat.Kernels;

/// <summary>Asks Linux for 2 MiB pages behind large blocks: reading weights through 4 KiB pages is held up by address translation.</summary>
internal static unsafe partial class HugePages
{
    public const nuint Bytes = 2 << 20;
    private const int MadviseHugePage = 14; // MADV_HUGEPAGE of madvise(2)

    /// <summary>Alignment that a block of this size should have.</summary>
    public static nuint Alignment(nuint bytes, nuint otherwise) => Wanted(bytes) ? Bytes : otherwise;

    /// <summary>Advice only: a refusal changes nothing but speed.</summary>
    public static void Advise(void* start, nuint bytes)
    {
        if (Wanted(bytes))
        {
            _ = Madvise(start, bytes / Bytes * Bytes, MadviseHugePage);
        }
    }

    private static bool Wanted(nuint bytes) => bytes >= Bytes && OperatingSystem.IsLinux();

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* start, nuint bytes, int advice);
}
