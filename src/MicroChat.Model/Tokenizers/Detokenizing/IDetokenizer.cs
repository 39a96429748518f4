namespace MicroChat.Model.Tokenizers.Detokenizing;

/// <summary>A step on the way from tokens back to text; a step after another one gets what that one put out.</summary>
internal interface IDetokenizer
{
    /// <summary>A fresh run over one sequence of tokens.</summary>
    /// <param name="eager">Text may be given out although a later token could still change it: for streams.</param>
    public DetokenizerRun Start(bool eager);
}

/// <summary>The state of a <see cref="IDetokenizer"/> in the middle of a sequence.</summary>
internal abstract class DetokenizerRun
{
    /// <summary>Takes the next token and adds what is now certain.</summary>
    public abstract void Push(string token, List<string> output);

    /// <summary>Whether bytes of an unfinished character wait.</summary>
    public virtual bool Waits => false;

    /// <summary>Adds what was held back: no token follows.</summary>
    public virtual void Finish(List<string> output) { }
}
