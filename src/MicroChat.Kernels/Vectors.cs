using System.Runtime.Intrinsics;

namespace MicroChat.Kernels;

/// <summary>Sums, scales and biases on flat vectors and rows.</summary>
public static unsafe class Vectors
{
    /// <summary>y += x.</summary>
    /// <exception cref="ArgumentException">The lengths differ; nothing was written.</exception>
    public static void Add(Crew crew, ReadOnlySpan<float> x, Span<float> y)
    {
        Shape.Require(y.Length == x.Length, y.Length, $"x's length {x.Length}");
        fixed (float* px = x, py = y)
        {
            CrewWork.Run(crew, new AddWork { X = px, Y = py, N = x.Length }, x.Length);
        }
    }

    /// <summary>x *= factor.</summary>
    public static void Scale(Crew crew, float factor, Span<float> x)
    {
        fixed (float* px = x)
        {
            CrewWork.Run(crew, new ScaleWork { X = px, N = x.Length, Factor = factor }, x.Length);
        }
    }

    /// <summary>y[t,c] += bias[c].</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="bias">(C)</param>
    /// <param name="y">(T,C)</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void AddBias(Crew crew, ReadOnlySpan<float> bias, Span<float> y)
    {
        int T = Tokens(y.Length, bias.Length);
        fixed (float* pb = bias, py = y)
        {
            CrewWork.Run(crew, new AddBiasWork { Bias = pb, Y = py, T = T, C = bias.Length }, y.Length);
        }
    }

    /// <summary>dBias[c] += Σ_t dy[t,c], in the order of t: the number of threads does not change the result.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="dy">(T,C)</param>
    /// <param name="dBias">(C), added to.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void BiasBackward(Crew crew, ReadOnlySpan<float> dy, Span<float> dBias)
    {
        int T = Tokens(dy.Length, dBias.Length);
        fixed (float* pd = dy, pb = dBias)
        {
            var work = new PartialSums { Partial = pd, Stride = dBias.Length, Parts = T, C = dBias.Length, Sum = pb };
            CrewWork.Run(crew, work, dy.Length);
        }
    }

    /// <summary>Σ a·b in double; the number of threads does not change the result.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Dot(Crew crew, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Shape.Require(b.Length == a.Length, b.Length, $"a's length {a.Length}");
        int blocks = (int)((a.Length + (long)DotWork.Block - 1) / DotWork.Block);
        double* sums = (double*)Scratch.Rent(checked(2 * blocks));
        fixed (float* pa = a, pb = b)
        {
            CrewWork.Run(crew, new DotWork { A = pa, B = pb, Sums = sums, N = a.Length, Blocks = blocks }, a.Length);
        }
        double total = 0;
        for (int i = 0; i < blocks; i++)
        {
            total += sums[i];
        }
        return total;
    }

    /// <summary>Σ x² in double; the number of threads does not change the result.</summary>
    public static double SumOfSquares(Crew crew, ReadOnlySpan<float> x) => Dot(crew, x, x);

    private static int Tokens(int length, int C)
    {
        Shape.Require(C > 0, C, $"at least 1");
        Shape.Require(length % C == 0, length, $"a multiple of C = {C}");
        return length / C;
    }

    private struct AddWork : ICrewWork
    {
        public float* X, Y;
        public int N;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(N, member, members, 16);
            Rows.AddScaled<V>(X + from, 1f, Y + from, to - from);
        }
    }

    private struct ScaleWork : ICrewWork
    {
        public float* X;
        public int N;
        public float Factor;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(N, member, members, 16);
            Rows.Scale<V>(X + from, Factor, X + from, to - from);
        }
    }

    private struct AddBiasWork : ICrewWork
    {
        public float* Bias, Y;
        public int T, C;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(T, member, members);
            for (int t = from; t < to; t++)
            {
                Rows.AddScaled<V>(Bias, 1f, Y + ((nint)t * C), C);
            }
        }
    }

    /// <summary>Sums of fixed blocks: the split does not depend on the crew.</summary>
    private struct DotWork : ICrewWork
    {
        public const int Block = 16_384;

        public float* A, B;
        public double* Sums;
        public int N, Blocks;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(Blocks, member, members);
            for (int block = from; block < to; block++)
            {
                int start = block * Block;
                Sums[block] = Sum(A + start, B + start, Math.Min(Block, N - start));
            }
        }

        private static double Sum(float* a, float* b, int n)
        {
            int i = 0;
            double total = 0;
            if (Vector256.IsHardwareAccelerated)
            {
                Vector256<double> s0 = default, s1 = default;
                for (; i <= n - Vector256<float>.Count; i += Vector256<float>.Count)
                {
                    (Vector256<double> aLow, Vector256<double> aHigh) = Vector256.Widen(Vector256.Load(a + i));
                    (Vector256<double> bLow, Vector256<double> bHigh) = Vector256.Widen(Vector256.Load(b + i));
                    s0 += aLow * bLow;
                    s1 += aHigh * bHigh;
                }
                total = Vector256.Sum(s0 + s1);
            }
            for (; i < n; i++)
            {
                total += (double)a[i] * b[i];
            }
            return total;
        }
    }
}
