namespace MicroChat.Kernels;

/// <summary>A thread's memory for packed blocks: grows to what the largest product so far needed (below 2 MiB), freed after the thread's end.</summary>
internal static unsafe class GemmScratch
{
    private const nint LineFloats = 16;

    [ThreadStatic]
    private static NativeBuffer<float>? t_buffer;

    /// <summary>Two pieces of this thread's memory, valid until its next call; their content is what was left there.</summary>
    public static void Rent(nint floatsA, nint floatsB, out float* a, out float* b)
    {
        nint start = (floatsA + LineFloats - 1) / LineFloats * LineFloats;
        if (t_buffer is null || t_buffer.Length < start + floatsB)
        {
            t_buffer?.Dispose();
            t_buffer = new NativeBuffer<float>(start + floatsB);
        }
        fixed (float* memory = t_buffer.Span) // native: does not move
        {
            a = memory;
            b = memory + start;
        }
    }
}
