using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Generation;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Chat;

/// <summary>
/// A model folder in this process, one reply at a time. The cache of the conversation so far is kept, so a follow-up costs
/// only its new tokens.
/// </summary>
public sealed class LocalReplyGenerator : IReplyGenerator
{
    private readonly Crew _crew;
    private readonly ParameterBlock _weights;
    private readonly Decoder _decoder;
    private readonly TokenGenerator _tokens;
    private readonly Tokenizer _tokenizer;
    private readonly ChatEncoder _encoder;

    private LocalReplyGenerator(string folder, DecoderConfig config, ParameterBlock weights, int threads, TimeProvider time)
    {
        _weights = weights;
        _crew = new Crew(threads);
        _decoder = new Decoder(weights, _crew);
        _tokens = new TokenGenerator(_decoder, config.ContextTokens);
        _tokenizer = Tokenizer.Load(folder);
        _encoder = new ChatEncoder(ChatTemplate.Load(folder), _tokenizer, time);
        Info = new ModelCard
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            ContextTokens = config.ContextTokens,
            Parameters = weights.Count,
            Sampling = GenerationConfig.Read(folder),
        };
    }

    /// <inheritdoc/>
    public ModelCard Info { get; }

    /// <summary>Loads a Hugging Face folder: config, weights, tokenizer, chat template, generation defaults.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="threads">Threads that compute, the caller's included.</param>
    /// <param name="time">The clock that chat templates may read.</param>
    /// <exception cref="CheckpointException">A file is missing or broken, or they contradict each other; the message names it.</exception>
    public static LocalReplyGenerator Load(string folder, int threads, TimeProvider time)
    {
        DecoderConfig config = DecoderConfigReader.Read(folder);
        ParameterBlock weights = WeightFiles.Load(folder, config);
        try
        {
            var generator = new LocalReplyGenerator(folder, config, weights, threads, time);
            generator.CheckVocabulary(folder);
            return generator;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int CountTokens(IReadOnlyList<ChatTurn> turns) => _encoder.Encode(turns, addGenerationPrompt: true).Ids.Length;

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield(); // the caller's own work goes on until the first piece is asked for
        int[] prompt = request.Text is { } given ? _tokenizer.Encode(given) : _encoder.Encode(request.Turns, addGenerationPrompt: true).Ids;
        long seed = request.Sampling.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        yield return new ReplyPiece("", null, null) { Start = new ReplyStart(prompt, Info, seed) };
        var draws = new SeededDraws(unchecked((ulong)seed), sequence: 0);
        DecodeStream text = _tokenizer.NewStream(skipSpecial: true);
        var stops = new StopStrings(request.Sampling.Stop);
        int count = 0;
        foreach (GeneratedToken token in _tokens.Generate(prompt, request.Sampling, draws))
        {
            cancellationToken.ThrowIfCancellationRequested();
            count++;
            string piece = stops.Append(text.Step(token.Id)).ToString();
            if (stops.Stopped)
            {
                yield return new ReplyPiece(piece, token.Id, token.LogProb, ReplyFinish.StopString, Usage(prompt, count));
                yield break;
            }
            yield return new ReplyPiece(piece, token.Id, token.LogProb);
        }
        cancellationToken.ThrowIfCancellationRequested();
        string rest = stops.Append(text.Flush()).ToString() + stops.Flush().ToString();
        bool ended = _tokens.Finish != FinishReason.Length;
        yield return new ReplyPiece(rest, null, null, ended ? ReplyFinish.EndOfText : ReplyFinish.Length, Usage(prompt, count + (ended ? 1 : 0)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _decoder.Dispose();
        _weights.Dispose();
        _crew.Dispose();
    }

    private ReplyUsage Usage(int[] prompt, int replyTokens) => new(prompt.Length, _tokens.ReusedTokens, replyTokens);

    private void CheckVocabulary(string folder)
    {
        if (_tokenizer.VocabularySize > _decoder.Config.VocabularySize)
        {
            throw new CheckpointException(
                $"{folder}: tokenizer.json has {_tokenizer.VocabularySize} tokens, but the model has rows for {_decoder.Config.VocabularySize}. "
                + "Use the tokenizer.json that was saved in the model's own folder.");
        }
    }
}
