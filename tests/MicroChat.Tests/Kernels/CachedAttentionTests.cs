using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed unsafe class CachedAttentionTests
{
    /// <summary>Tokens seen before, new tokens, H, Hkv, D.</summary>
    public static TheoryData<int[], int[], int, int, int> Shapes => new()
    {
        { [0], [1], 1, 1, 1 },
        { [0, 5, 30], [1, 1, 1], 4, 2, 7 },
        { [3, 0, 100], [7, 8, 9], 4, 2, 16 },
        { [63, 0], [1, 33], 3, 1, 64 },
        { [10, 2], [500, 0], 2, 1, 24 },
        { [200], [1], 2, 2, 80 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void New_tokens_see_exactly_what_came_before_them(int[] before, int[] fresh, int H, int Hkv, int D)
    {
        double[] wanted = [.. before.Zip(fresh).SelectMany((pair, b) => Wanted(b, pair.First, pair.Second, H, Hkv, D))];
        Numbers.AssertClose(wanted, Numbers.SameOnEveryCrew(crew => Decode(crew, before, fresh, 0, H, Hkv, D)), 2e-5);
    }

    [Fact]
    public void A_sequence_does_not_depend_on_its_company()
    {
        using var crew = new Crew(2);
        int[] before = [40, 3, 150], fresh = [1, 20, 5];
        float[] together = Decode(crew, before, fresh, 0, 4, 2, 16);
        int at = 0;
        for (int b = 0; b < before.Length; b++)
        {
            float[] alone = Decode(crew, [before[b]], [fresh[b]], b, 4, 2, 16);
            Assert.Equal(alone, together.AsSpan(at, alone.Length).ToArray());
            at += alone.Length;
        }
    }

    [Fact]
    public void A_cache_without_room_is_refused()
    {
        using var crew = new Crew(1);
        float[] cache = new float[8];
        fixed (float* at = cache)
        {
            CacheView[] views = [new CacheView { Keys = at, Values = at, Slots = 1, Seen = 2 }];
            Assert.Throws<ArgumentException>(() => CachedAttention.Append(crew, new float[6], 3, views, [0, 2], 1, 1, 1));
        }
        Assert.All(cache, value => Assert.Equal(0f, value));
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        const int Slots = 300;
        float[] cache = new float[2 * Slots * 16], qkv = Numbers.Draw(1, 60 * 4 * 16), y = new float[60 * 2 * 16];
        fixed (float* at = cache)
        {
            CacheView[] views = [new CacheView { Keys = at, Values = at + (Slots * 16), Slots = Slots, Seen = Slots }];
            int[] many = [0, 60], one = [0, 1];
            Numbers.AssertAllocatesNothing(crew => CachedAttention.Append(crew, qkv, 64, views, many, 2, 1, 16));
            Numbers.AssertAllocatesNothing(crew => CachedAttention.Forward(crew, qkv, 64, y, views, many, 2, 1, 16, 0.3f));
            Numbers.AssertAllocatesNothing(crew => CachedAttention.Forward(crew, qkv.AsSpan(0, 64), 64, y.AsSpan(0, 32), views, one, 2, 1, 16, 0.3f));
        }
    }

    /// <summary>All of a sequence's fused rows, drawn by its name, so that the same sequence can be met in different company.</summary>
    private static float[] Rows(int name, int tokens, int width) => Numbers.Draw(100 + name, tokens * width);

    private static double[] Wanted(int name, int before, int fresh, int H, int Hkv, int D)
    {
        int width = (H + (2 * Hkv)) * D;
        double[] rows = Numbers.Wide(Rows(name, before + fresh, width));
        return ReferenceAttention.Rows(rows, [0, before + fresh], H, Hkv, D, 0.3).Y[(before * H * D)..];
    }

    /// <summary>Appends everything that came before, then the new tokens, and returns y; rows have 3 foreign floats at their end.</summary>
    private static float[] Decode(Crew crew, int[] before, int[] fresh, int firstName, int H, int Hkv, int D)
    {
        int B = before.Length, width = (H + (2 * Hkv)) * D, stride = width + 3;
        using var memory = new NativeBuffer<float>(before.Zip(fresh, (a, b) => (long)(a + b + 2) * Hkv * D * 2).Sum());
        var old = new CacheView[B];
        var views = new CacheView[B];
        int[] oldStarts = new int[B + 1], starts = new int[B + 1];
        List<float> oldRows = [], rows = [];
        long at = 0;
        for (int b = 0; b < B; b++)
        {
            int seen = before[b] + fresh[b], slots = seen + 2;
            float* keys = Start(memory, at), values = Start(memory, at + ((long)slots * Hkv * D));
            at += 2L * slots * Hkv * D;
            old[b] = new CacheView { Keys = keys, Values = values, Slots = slots, Seen = before[b] };
            views[b] = new CacheView { Keys = keys, Values = values, Slots = slots, Seen = seen };
            oldStarts[b + 1] = oldStarts[b] + before[b];
            starts[b + 1] = starts[b] + fresh[b];
            float[] all = Rows(firstName + b, seen, width);
            for (int t = 0; t < seen; t++)
            {
                (t < before[b] ? oldRows : rows).AddRange([.. all.AsSpan(t * width, width), float.NaN, float.NaN, float.NaN]);
            }
        }
        float[] y = new float[starts[^1] * H * D];
        CachedAttention.Append(crew, oldRows.ToArray(), stride, old, oldStarts, H, Hkv, D);
        CachedAttention.Append(crew, rows.ToArray(), stride, views, starts, H, Hkv, D);
        CachedAttention.Forward(crew, rows.ToArray(), stride, y, views, starts, H, Hkv, D, 0.3f);
        return y;
    }

    private static float* Start(NativeBuffer<float> memory, long at)
    {
        fixed (float* start = memory.Slice(at, 1))
        {
            return start;
        }
    }
}
