using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MicroChat.Chat;
using Microsoft.Extensions.AI;

namespace MicroChat.Api;

/// <summary>Runs all choices of a request at the same time and merges what they say, in the order in which it is said.</summary>
internal static class ChoiceStreams
{
    private const int MostWaiting = 64;

    /// <summary>The pieces of all choices. One that fails ends the others and throws; leaving early ends all.</summary>
    public static async IAsyncEnumerable<ChoicePiece> RunAsync(
        IChatClient client, CompletionCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pieces = Channel.CreateBounded<ChoicePiece>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        Task pumps = PumpAllAsync(client, call, pieces.Writer, stop);
        try
        {
            await foreach (ChoicePiece piece in pieces.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return piece;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await pumps;
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Never throws: what fails first is what the reader of the channel gets.</summary>
    private static async Task PumpAllAsync(IChatClient client, CompletionCall call, ChannelWriter<ChoicePiece> pieces, CancellationTokenSource stop)
    {
        Exception? failure = null;
        async Task PumpAsync(int index)
        {
            try
            {
                await PumpOneAsync(client, call, index, pieces, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
                await stop.CancelAsync();
            }
        }
        await Task.WhenAll(Enumerable.Range(0, call.Choices).Select(PumpAsync));
        pieces.Complete(failure);
    }

    private static async Task PumpOneAsync(
        IChatClient client, CompletionCall call, int index, ChannelWriter<ChoicePiece> pieces, CancellationToken stop)
    {
        ChatOptions options = SamplingFields.ForChoice(call.Options, index % call.ChoicesPerPrompt);
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(call.Prompts[index / call.ChoicesPerPrompt], options, stop))
        {
            if (update.RawRepresentation is ReplyPiece piece)
            {
                await pieces.WriteAsync(new ChoicePiece(index, piece), stop);
            }
        }
    }
}
