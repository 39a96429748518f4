using MicroChat.Kernels;

namespace MicroChat.Benchmarks;

/// <summary>The matrix products of a training step and of decoding, as shares of the peak measured between their rounds.</summary>
internal static class GemmBench
{
    private const int Batch = 2_048;
    private const double SecondsPerShape = 1;

    private static readonly (int Outputs, int Inputs)[] s_layers =
        [(384, 384), (640, 384), (768, 384), (2_048, 384), (384, 1_024), (8_192, 384)];

    private delegate void Product(Crew crew, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int M, int N, int K, bool accumulate);

    /// <summary>Prints one line per shape, with one and with all threads.</summary>
    /// <param name="part">"layers" for the products of a training step, "few" for batches of few rows, nothing for both.</param>
    public static void Run(string part)
    {
        foreach (int members in (int[])[1, Environment.ProcessorCount])
        {
            using var crew = new Crew(members);
            Console.WriteLine($"{members} thread(s)");
            if (part != "few")
            {
                MeasureLayers(crew);
            }
            if (part != "layers")
            {
                MeasureFewRows(crew);
            }
        }
    }

    private static void MeasureLayers(Crew crew)
    {
        foreach ((int outputs, int inputs) in s_layers)
        {
            Measure(crew, "XWt", Gemm.XWt, Batch, outputs, inputs);
            Measure(crew, "XW", Gemm.XW, Batch, inputs, outputs);
            Measure(crew, "XtY", Gemm.XtY, outputs, inputs, Batch);
        }
        Measure(crew, "XWt", Gemm.XWt, 1_024, 1_024, 1_024);
        Measure(crew, "XW", Gemm.XW, 1_024, 1_024, 1_024);
        Measure(crew, "XtY", Gemm.XtY, 1_024, 1_024, 1_024);
    }

    private static void MeasureFewRows(Crew crew)
    {
        foreach (int rows in (int[])[1, 2, 4, 8, 16, 24, 32, 48, 64, 128])
        {
            Measure(crew, "XWt", Gemm.XWt, rows, 384, 384);
            Measure(crew, "XWt", Gemm.XWt, rows, 1_024, 384);
            Measure(crew, "XWt", Gemm.XWt, rows, 65_536, 1_024);
        }
    }

    private static void Measure(Crew crew, string name, Product product, int M, int N, int K)
    {
        using var a = new NativeBuffer<float>(M * K);
        using var b = new NativeBuffer<float>(N * K);
        using var c = new NativeBuffer<float>(M * N);
        bool bound = sizeof(float) * (long)N * K >= MachineBench.MemoryBytes;
        double flop = 2.0 * M * N * K;
        int repeats = (int)Math.Max(1, 2e8 / flop);
        Best products = new(), peak = new(), read = new();
        long start = Environment.TickCount64;
        do
        {
            MachineBench.Peak(crew, ref peak);
            if (bound)
            {
                MachineBench.Read(crew, b, ref read);
            }
            products.Round(() =>
            {
                for (int i = 0; i < repeats; i++)
                {
                    product(crew, a.Span, b.Span, c.Span, M, N, K, false);
                }
            });
        }
        while (Environment.TickCount64 - start < SecondsPerShape * 1_000);
        double seconds = products.Seconds / repeats, rate = flop / seconds / 1e9, best = MachineBench.PeakGflops(crew, peak);
        string memory = bound ? $"  right factor at {MachineBench.MemoryBytes / seconds / 1e9:F1} of {MachineBench.ReadGigabytes(read):F1} GB/s" : "";
        Console.WriteLine($"{name,-4} M={M,-5} N={N,-6} K={K,-5} {rate,6:F1} GFLOP/s  {rate / best,6:P1} of {best:F0}{memory}");
    }
}
