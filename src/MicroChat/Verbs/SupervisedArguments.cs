using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary>The options of supervised text that is mixed into learning from judged replies.</summary>
internal sealed class SupervisedArguments
{
    private readonly Option<double> _weight = new("--supervised") { HelpName = "x", Description = "Weight of the loss on supervised text that is mixed in, so that it is not unlearned; 0: none.", DefaultValueFactory = _ => 0 };
    private readonly Option<string?> _recipe = new("--recipe") { HelpName = "file", Description = "Recipe of that text. Default: data/recipes/keep.json of the checkout." };
    private readonly Option<string?> _data = new("--data") { HelpName = "folder", Description = "Folder that the recipe's files lie in. Default: data/ of the checkout." };

    public void AddTo(Command verb)
    {
        foreach (Option option in (Option[])[_weight, _recipe, _data])
        {
            verb.Options.Add(option);
        }
    }

    /// <returns>Null: none.</returns>
    public SupervisedMixOptions? Mix(ParseResult parsed, ProgramContext program) => parsed.GetValue(_weight) is not 0 and double weight
        ? new SupervisedMixOptions
        {
            Recipe = parsed.GetValue(_recipe) ?? CheckoutFolder.Require(program.BaseFolder, Path.Combine("data", "recipes", "keep.json"), "--recipe"),
            DataFolder = parsed.GetValue(_data) ?? CheckoutFolder.Require(program.BaseFolder, "data", "--data"), Coefficient = weight,
        }
        : null;
}
