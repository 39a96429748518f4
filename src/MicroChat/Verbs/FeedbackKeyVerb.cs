using System.CommandLine;
using MicroChat.Feedback.Security;

namespace MicroChat.Verbs;

/// <summary><c>feedback rotate-key</c>: the store opens with a new key from now on.</summary>
internal static class FeedbackKeyVerb
{
    public static Verb Create(ProgramContext program)
    {
        Option<string?> database = FeedbackVerb.Database("The feedback whose key is changed.");
        var verb = new Verb("rotate-key", "Make a new key for the store and write it into the key file beside the database; the old one opens it no longer.")
        {
            Examples = [$"{CommandLine.Name} feedback rotate-key"],
        };
        verb.Options.Add(database);
        verb.SetAction((parsed, cancel) => FeedbackVerb.WithStoreAsync(program, parsed.GetValue(database), async store =>
        {
            var old = StoreKey.Find(program.Variable(StoreKey.Variable), store.Path);
            string file = StoreKey.FileBeside(store.Path), waiting = StoreKey.WaitingBeside(store.Path);
            var next = StoreKey.Create(file);
            next.SaveTo(waiting);                               // a kill at any point leaves the right key on disk
            await store.RotateKeyAsync(old, next, cancel);
            File.Move(waiting, file, overwrite: true);
            program.Terminal.Output.WriteLine($"The new key is in {file}. " + (program.Variable(StoreKey.Variable) is { Length: > 0 }
                ? $"{StoreKey.Variable} holds the old one: clear it, or set it to the content of that file."
                : "Back it up: without it the texts cannot be read."));
        }));
        return verb;
    }
}
