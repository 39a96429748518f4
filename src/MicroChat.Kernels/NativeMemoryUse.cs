namespace MicroChat.Kernels;

/// <summary>How much memory all <see cref="NativeBuffer{T}"/>s of the process hold; the collector's statistics do not count it.</summary>
public static class NativeMemoryUse
{
    private static long s_bytes;

    /// <summary>Unit: bytes.</summary>
    public static long Bytes => Interlocked.Read(ref s_bytes);

    internal static void Add(long bytes) => Interlocked.Add(ref s_bytes, bytes);
}
