namespace MicroChat.Kernels;

/// <summary>Native memory that each thread keeps from call to call, so that kernels allocate nothing once warm.</summary>
internal static unsafe class Scratch
{
    [ThreadStatic]
    private static NativeBuffer<float>? t_buffer;

    /// <summary>
    /// At least <paramref name="floats"/> floats with any content, valid until this thread rents again:
    /// a kernel rents either on the calling thread or inside its members, never both.
    /// </summary>
    public static float* Rent(int floats)
    {
        if (t_buffer is null || t_buffer.Length < floats)
        {
            t_buffer?.Dispose();
            t_buffer = new NativeBuffer<float>(Math.Max(floats, floats + (floats / 4L)));
        }
        fixed (float* start = t_buffer.Slice(0, floats))
        {
            return start; // native memory: it does not move when the pin ends
        }
    }
}
