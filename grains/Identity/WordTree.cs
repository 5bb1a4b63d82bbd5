namespace JamEmr.Identity;

/// <summary>Words with what each is worth, found from any place of a text, look-alike characters included.</summary>
internal sealed class WordTree
{
    // One bit and a half for having thought of look-alikes.
    private const double LookAlikeBits = 1.5;

    private readonly Node _root = new();

    /// <summary>Adds a word in lower case; of two worths the lesser counts.</summary>
    public void Add(string word, double bits)
    {
        if (word.Length < 2) return;
        var node = _root;
        foreach (var letter in word)
        {
            if (!node.Next.TryGetValue(letter, out var next)) node.Next[letter] = next = new Node();
            node = next;
        }

        node.Bits = Math.Min(node.Bits, bits);
    }

    /// <summary>Every word that the text spells from a place on.</summary>
    /// <param name="text">In lower case.</param>
    /// <param name="start">Where the words begin.</param>
    /// <param name="found">Takes each word's length and worth.</param>
    public void Find(string text, int start, Action<int, double> found) => Find(_root, text, start, start, isPlain: true, found);

    private static void Find(Node node, string text, int start, int at, bool isPlain, Action<int, double> found)
    {
        if (node.Bits < double.MaxValue) found(at - start, node.Bits + (isPlain ? 0 : LookAlikeBits));
        if (at == text.Length) return;
        if (node.Next.TryGetValue(text[at], out var same)) Find(same, text, start, at + 1, isPlain, found);
        foreach (var letter in LookAlikes(text[at]))
        {
            if (node.Next.TryGetValue(letter, out var next)) Find(next, text, start, at + 1, isPlain: false, found);
        }
    }

    private static string LookAlikes(char sign) => sign switch
    {
        '0' => "o",
        '1' or '!' or '|' => "il",
        '2' => "z",
        '3' or '€' => "e",
        '4' or '@' => "a",
        '5' or '$' => "s",
        '6' or '9' => "g",
        '7' or '+' => "t",
        '8' => "b",
        '(' => "c",
        _ => "",
    };

    private sealed class Node
    {
        public Dictionary<char, Node> Next { get; } = [];

        public double Bits { get; set; } = double.MaxValue;
    }
}
