using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MicroChat.Kernels;

namespace MicroChat.Benchmarks;

/// <summary>What the processor can do at most: the yardstick for every kernel.</summary>
internal static unsafe class MachineBench
{
    /// <summary>Far more than the caches hold.</summary>
    public const int MemoryBytes = 256 << 20;

    private const int Steps = 200_000;
    private const int Chains = 12;
    private const int Rounds = 40;

    /// <summary>Keeps the compiler from dropping what nobody reads.</summary>
    private static float s_sink;

    /// <summary>Prints the limits with one and with all threads.</summary>
    public static void Run()
    {
        Console.WriteLine($"{Processor()}; {CpuFeatures.Describe()}; {Environment.ProcessorCount} threads");
        using var memory = new NativeBuffer<float>(MemoryBytes / sizeof(float));
        foreach (int members in (int[])[1, Environment.ProcessorCount])
        {
            using var crew = new Crew(members);
            Best flops = new(), read = new();
            for (int i = 0; i < Rounds; i++)
            {
                Peak(crew, ref flops);
                Read(crew, memory, ref read);
            }
            Console.WriteLine($"{members} thread(s): fp32 FMA {PeakGflops(crew, flops):F0} GFLOP/s, memory read {ReadGigabytes(read):F1} GB/s");
        }
    }

    /// <summary>The processor's name as the system tells it.</summary>
    public static string Processor()
    {
        const string Info = "/proc/cpuinfo";
        string? line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown processor";
    }

    /// <summary>One more round of multiply-adds that wait for nothing.</summary>
    public static void Peak(Crew crew, ref Best best) => best.Round(() => crew.Run(&MultiplyAdds, null));

    /// <summary>One more round of reading memory from end to end.</summary>
    public static void Read(Crew crew, NativeBuffer<float> memory, ref Best best) => best.Round(() => ReadOnce(crew, memory));

    /// <summary>The rate of the best round. Unit: 10⁹ bytes per second.</summary>
    public static double ReadGigabytes(Best best) => MemoryBytes / best.Seconds / 1e9;

    /// <summary>The rate of the best round. Unit: 10⁹ multiplications and additions per second.</summary>
    public static double PeakGflops(Crew crew, Best best)
    {
        int lanes = Vector512.IsHardwareAccelerated ? 16 : 8;
        return 2.0 * lanes * Chains * Steps * crew.Members / best.Seconds / 1e9;
    }

    private static void MultiplyAdds(void* state, int member, int members) =>
        s_sink = Vector512.IsHardwareAccelerated ? MultiplyAdds<GemmLanes512, Vector512<float>>() : MultiplyAdds<GemmLanes256, Vector256<float>>();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds<TLanes, TVector>()
        where TLanes : struct, IGemmLanes<TVector>
        where TVector : unmanaged
    {
        TVector x = TLanes.Broadcast(1e-9f), y = TLanes.Broadcast(1 - 1e-7f);
        TVector s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x, s6 = x, s7 = x, s8 = x, s9 = x, sA = x, sB = x;
        for (int i = 0; i < Steps; i++)
        {
            s0 = TLanes.MultiplyAdd(s0, y, x);
            s1 = TLanes.MultiplyAdd(s1, y, x);
            s2 = TLanes.MultiplyAdd(s2, y, x);
            s3 = TLanes.MultiplyAdd(s3, y, x);
            s4 = TLanes.MultiplyAdd(s4, y, x);
            s5 = TLanes.MultiplyAdd(s5, y, x);
            s6 = TLanes.MultiplyAdd(s6, y, x);
            s7 = TLanes.MultiplyAdd(s7, y, x);
            s8 = TLanes.MultiplyAdd(s8, y, x);
            s9 = TLanes.MultiplyAdd(s9, y, x);
            sA = TLanes.MultiplyAdd(sA, y, x);
            sB = TLanes.MultiplyAdd(sB, y, x);
        }
        TVector low = TLanes.Add(TLanes.Add(s0, s1), TLanes.Add(s2, s3)), middle = TLanes.Add(TLanes.Add(s4, s5), TLanes.Add(s6, s7));
        TVector high = TLanes.Add(TLanes.Add(s8, s9), TLanes.Add(sA, sB));
        return TLanes.Sum(TLanes.Add(TLanes.Add(low, middle), high));
    }

    private static void ReadOnce(Crew crew, NativeBuffer<float> memory)
    {
        fixed (float* start = memory.Span)
        {
            crew.Run(&Sum, start);
        }
    }

    private static void Sum(void* state, int member, int members)
    {
        nint floats = MemoryBytes / sizeof(float) / members;
        s_sink = Vector512.IsHardwareAccelerated
            ? Sum<GemmLanes512, Vector512<float>>((float*)state + (member * floats), floats)
            : Sum<GemmLanes256, Vector256<float>>((float*)state + (member * floats), floats);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum<TLanes, TVector>(float* at, nint floats)
        where TLanes : struct, IGemmLanes<TVector>
        where TVector : unmanaged
    {
        TVector s0 = default, s1 = default, s2 = default, s3 = default;
        for (float* end = at + floats; at <= end - (4 * TLanes.Count); at += 4 * TLanes.Count)
        {
            s0 = TLanes.Add(s0, TLanes.Load(at));
            s1 = TLanes.Add(s1, TLanes.Load(at + TLanes.Count));
            s2 = TLanes.Add(s2, TLanes.Load(at + (2 * TLanes.Count)));
            s3 = TLanes.Add(s3, TLanes.Load(at + (3 * TLanes.Count)));
        }
        return TLanes.Sum(TLanes.Add(TLanes.Add(s0, s1), TLanes.Add(s2, s3)));
    }
}
