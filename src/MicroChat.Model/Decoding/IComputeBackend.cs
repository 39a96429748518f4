namespace MicroChat.Model.Decoding;

/// <summary>
/// Makes decoders on one device. Decoders over the same weights share them there: what a trainable one learns, a serving one of the same
/// backend says at once.
/// </summary>
public interface IComputeBackend : IDisposable
{
    /// <summary>The device and the number format, in words.</summary>
    public string Description { get; }

    /// <summary>Memory that new decoders can still get on the device. Unit: bytes.</summary>
    public long AvailableBytes { get; }

    /// <summary>A decoder for serving over weights that the caller owns and disposes after it.</summary>
    /// <param name="weights">The base.</param>
    /// <param name="stepTokens">Most new tokens in a step.</param>
    /// <exception cref="InvalidOperationException">The device has too little memory; the message says how much is wanted.</exception>
    public IDecoder NewDecoder(ParameterBlock weights, int stepTokens);

    /// <summary>A decoder for training over weights that the caller owns and disposes after it. Between one decoder's Score and its Backward no other of the backend may score.</summary>
    /// <param name="weights">The base.</param>
    /// <param name="frozen">Whether the base stays as it is: adapters and heads may learn.</param>
    /// <param name="recompute">Whether blocks are computed again in the backward pass, instead of kept.</param>
    /// <exception cref="InvalidOperationException">The device has too little memory; the message says how much is wanted.</exception>
    public ITrainableDecoder NewTrainable(ParameterBlock weights, bool frozen, bool recompute);
}
