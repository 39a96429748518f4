using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MicroChat.Model.Tokenizers;
using MicroChat.Training.Data;

namespace MicroChat.Training.Stages;

/// <summary>Which tokens of a conversation count in the loss.</summary>
public enum LossOn
{
    /// <summary>Every token: conversations are text to be learned (pretraining).</summary>
    Everything,

    /// <summary>The assistant's words and its end of turn (supervised fine-tuning).</summary>
    Assistant,
}

/// <summary>One source, ready to be read.</summary>
/// <param name="Source">The recipe's line.</param>
/// <param name="Training">Rows to learn from.</param>
/// <param name="HeldOut">Rows to validate on; null: none.</param>
/// <param name="Provenance">The file that the rows come from.</param>
public sealed record PreparedSource(RecipeSource Source, ShardSet Training, ShardSet? HeldOut, FileProvenance Provenance) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Training.Dispose();
        HeldOut?.Dispose();
    }
}

/// <summary>Turns the files of a recipe into shards, once: shards made from the same file with the same tokenizer and settings are used again.</summary>
/// <param name="tokenizer">Makes the ids.</param>
/// <param name="encodeConversation">Renders and encodes conversations, marking the assistant's tokens.</param>
/// <param name="shardFolder">Where shards are kept.</param>
/// <param name="lossOn">What counts.</param>
/// <param name="maxRowTokens">Longest row. Unit: tokens.</param>
public sealed class ShardPreparation(
    Tokenizer tokenizer, ConversationEncoder encodeConversation, string shardFolder, LossOn lossOn, int maxRowTokens)
{
    private const long TokensPerShard = 50_000_000;

    /// <summary>The shards of one source.</summary>
    /// <exception cref="DatasetException">A row of the file is bad; the message names line and field.</exception>
    public PreparedSource Prepare(RecipeSource source, string dataFolder, CancellationToken stop)
    {
        string path = Path.Combine(dataFolder, source.File);
        FileProvenance provenance = FileProvenance.Of(path);
        string folder = Path.Combine(shardFolder, Key(source, provenance));
        if (!Directory.Exists(folder))
        {
            Build(source, path, folder, stop);
        }
        return new PreparedSource(
            source, new ShardSet(folder, source.Name), source.HeldOutRows > 0 ? new ShardSet(folder, HeldOutName(source)) : null, provenance);
    }

    private static string HeldOutName(RecipeSource source) => source.Name + "-held-out";

    private string Key(RecipeSource source, FileProvenance file)
    {
        string all = string.Create(CultureInfo.InvariantCulture, $"{file.Sha256} {tokenizer.Sha256} {lossOn} {maxRowTokens} {source.HeldOutRows}");
        return $"{source.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..12]}";
    }

    private void Build(RecipeSource source, string path, string folder, CancellationToken stop)
    {
        string unfinished = folder + ".unfinished";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }
        var info = new ShardInfo(source.Name, source.Licence, tokenizer.Sha256, tokenizer.VocabularySize);
        using (var training = new ShardSetWriter(unfinished, source.Name, info, TokensPerShard))
        using (var heldOut = new ShardSetWriter(unfinished, HeldOutName(source), info, TokensPerShard))
        {
            Fill(source, path, NewCutter(training), NewCutter(heldOut), stop);
            training.Complete();
            if (source.HeldOutRows > 0)
            {
                heldOut.Complete();
            }
        }
        Directory.Move(unfinished, folder);
    }

    private RowCutter NewCutter(ShardSetWriter writer) =>
        new(writer, new RowOptions { MaxRowTokens = maxRowTokens, BeginTokenId = tokenizer.IdOf("<|endoftext|>") }, id => tokenizer.BytesOf(id).Length);

    private void Fill(RecipeSource source, string path, RowCutter training, RowCutter heldOut, CancellationToken stop)
    {
        var options = new DatasetOptions();
        TextSplit Split(IEnumerable<ulong> keys) => source.HeldOutRows > 0 ? TextSplit.ByCount(keys, source.HeldOutRows) : TextSplit.ByShare(0);
        if (Datasets.Detect(path, options) == DatasetFormat.Text)
        {
            TextSplit split = Split(Datasets.Documents(path, options, new RowReport()).Where(d => d.Piece == 0).Select(TextSplit.Key));
            ShardBuilder.Add(
                Datasets.Documents(path, options, new RowReport()), (text, ids) => tokenizer.Encode(text, ids), split, training, heldOut, stop);
        }
        else
        {
            TextSplit split = Split(Datasets.Conversations(path, options, new RowReport()).Select(TextSplit.Key));
            ShardBuilder.Add(Datasets.Conversations(path, options, new RowReport()), Encode, split, training, heldOut, stop);
        }
    }

    private int Encode(Conversation conversation, List<int> ids, List<bool> targets)
    {
        int bytes = encodeConversation(conversation, ids, targets);
        if (lossOn == LossOn.Everything)
        {
            bytes = conversation.Turns.Sum(turn => Encoding.UTF8.GetByteCount(turn.Content));
            for (int t = 0; t < targets.Count; t++)
            {
                targets[t] = t > 0;
            }
        }
        return bytes;
    }
}
