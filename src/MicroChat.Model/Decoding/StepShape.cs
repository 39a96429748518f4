using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>What every decoder wants of a serving step before it computes anything.</summary>
internal static class StepShape
{
    /// <summary>Throws unless the parts of a step fit each other, the vocabulary and the caches.</summary>
    /// <typeparam name="TCache">The caches that the decoder made.</typeparam>
    public static void Require<TCache>(
        DecoderConfig config, int stepTokens, ReadOnlySpan<int> ids, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
        where TCache : KeyValueCache
    {
        Shape.Require(rowStarts.Length == caches.Length + 1 && caches.Length > 0, rowStarts.Length, $"one more than the {caches.Length} caches");
        Shape.Require(ids.Length <= stepTokens, ids.Length, $"at most StepTokens = {stepTokens}; feed longer prompts in pieces");
        Shape.Require(rowStarts[0] == 0 && rowStarts[^1] == ids.Length, rowStarts[^1], $"the {ids.Length} ids, from border 0 on");
        for (int b = 0; b < caches.Length; b++)
        {
            int count = rowStarts[b + 1] - rowStarts[b];
            if (caches[b] is not TCache)
            {
                throw new ArgumentException($"Sequence {b}'s cache belongs to a decoder of another kind; make it with this decoder's NewCache.");
            }
            Shape.Require(count >= 1, count, $"at least 1 token for sequence {b}");
            Shape.Require(caches[b].Seen + count <= caches[b].Slots, caches[b].Seen + count, $"within the {caches[b].Slots} slots of sequence {b}'s cache");
        }
        foreach (int id in ids)
        {
            Shape.Require((uint)id < (uint)config.VocabularySize, id, $"a token of the {config.VocabularySize} in the vocabulary");
        }
    }
}
