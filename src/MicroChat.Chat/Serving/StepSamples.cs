using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Chat.Serving;

/// <summary>Draws the next tokens of a step's replies together, so that a device that computes far away is asked once a step; its memory grows to the largest step.</summary>
internal sealed class StepSamples(IDecoder decoder)
{
    private SampleRequest[] _requests = new SampleRequest[16];
    private SampledToken[] _drawn = new SampledToken[16];
    private int[] _places = new int[16];

    /// <summary>Draws for every row whose prompt is in, but those whose most probable tokens are wanted first.</summary>
    public void Draw(StepRows rows)
    {
        if (_places.Length < rows.Count)
        {
            (_requests, _drawn, _places) = (new SampleRequest[2 * rows.Count], new SampledToken[2 * rows.Count], new int[2 * rows.Count]);
        }
        int count = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows[row] is { Pending: 0, Alternatives: 0 } sequence)
            {
                _requests[count] = RequestOf(sequence, row);
                _places[row] = count++;
            }
        }
        try
        {
            decoder.Sample(_requests.AsSpan(0, count), _drawn.AsSpan(0, count));
        }
        catch (Exception failure) // of the draw for all: each of them is told
        {
            _drawn.AsSpan(0, count).Fill(new SampledToken(Sampler.NothingLeft, float.NaN, failure));
        }
    }

    /// <summary>A row's token.</summary>
    /// <exception cref="Exception">Whatever went wrong for this row.</exception>
    public SampledToken Of(ReplySequence sequence, int row)
    {
        if (sequence.Alternatives > 0)
        {
            SampleRequest r = RequestOf(sequence, row);
            int token = decoder.Sample(row, r.Sampler, r.Prompt.Span, r.Generated.Span, r.Draw, out float logProb);
            return new SampledToken(token, logProb, null);
        }
        SampledToken drawn = _drawn[_places[row]];
        return drawn.Failure is null ? drawn : throw drawn.Failure;
    }

    private static SampleRequest RequestOf(ReplySequence sequence, int row) =>
        new(row, sequence.Sampler, sequence.Prompt, sequence.Reply, sequence.NextDraw());
}
