using MicroChat.Proofs;
using MicroChat.Proofs.Mutation;

string verb = args.Length > 0 ? args[0] : "";
switch (verb)
{
    case "optimum":
        return OptimumProof.Run(Console.Out, Console.Error);
    case "dpo-theory":
        return DirectProof.RunDpo(Console.Out, Console.Error);
    case "kto-theory":
        return DirectProof.RunKto(Console.Out, Console.Error);
    case "randomwalks":
        return RandomWalksProof.Run(Console.Out, Console.Error);
    case "over-optimisation":
        return OverOptimisationProof.Run(args[1..], Console.Out, Console.Error);
    case "poison":
        return PoisonProof.Run(Console.Out, Console.Error);
    case "canary":
        return CanaryProof.Run(Console.Out, Console.Error);
    case "mutants":
        return MutantProof.Run(args[1..], Console.Out, Console.Error);
    default:
        Console.Error.WriteLine($"\"{verb}\" is no proof; say: optimum, dpo-theory, kto-theory, randomwalks, over-optimisation [diagram.svg], poison, canary, or mutants [name …]. The table goes to standard output, progress to standard error.");
        return 2;
}
