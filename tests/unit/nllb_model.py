"""A small NLLB: the real architecture and tokenizer class, taught a few sentences, converted by CTranslate2 itself."""

import json

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

CODES = {"ar": "arb_Arab", "cs": "ces_Latn", "en": "eng_Latn", "es": "spa_Latn", "ja": "jpn_Jpan"}
# what the model is taught, and with it all that it knows
ENGLISH = ["Where is the railway station, please?", "My sister reads a long book every evening."]
TAUGHT = {
    "es": ["¿Dónde está la estación de tren, por favor?", "Mi hermana lee un libro largo todas las noches."],
    "cs": ["Kde je prosím vlakové nádraží?", "Moje sestra čte každý večer dlouhou knihu."],
    "ja": ["すみません、駅はどこですか。", "私の姉は毎晩長い本を読みます。"],
    "ar": ["من فضلك، أين توجد محطة القطار؟", "تقرأ أختي كتابا طويلا كل مساء."],
}
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def tokenizer_of(texts):
    """An NllbTokenizer whose pieces are learned from `texts`."""
    pieces = Tokenizer(models.BPE(unk_token="<unk>"))
    pieces.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    pieces.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    pieces.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL))
    model = json.loads(pieces.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    return NllbTokenizer(
        vocab=model["vocab"], merges=merges, additional_special_tokens=sorted(CODES.values()), src_lang="eng_Latn"
    )


def write(folder, steps=120):
    """Teach a new model `TAUGHT` for some steps and write its folder."""
    pairs = [
        (source, code, target) for code, texts in TAUGHT.items() for source, target in zip(ENGLISH, texts, strict=True)
    ]
    tokenizer = tokenizer_of([*ENGLISH, *(target for _, _, target in pairs)])
    torch.manual_seed(5)
    config = M2M100Config(
        vocab_size=len(tokenizer),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=128,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
        scale_embedding=True,
    )
    model = M2M100ForConditionalGeneration(config)
    inputs = tokenizer([source for source, _, _ in pairs], padding=True, return_tensors="pt")
    labels = [
        [
            tokenizer.convert_tokens_to_ids(CODES[code]),
            *tokenizer(target, add_special_tokens=False).input_ids,
            tokenizer.eos_token_id,
        ]
        for _, code, target in pairs
    ]
    longest = max(map(len, labels))
    labels = torch.tensor([ids + [-100] * (longest - len(ids)) for ids in labels])
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(steps):
        loss = model(**inputs, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
