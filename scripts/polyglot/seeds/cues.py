"""Words that say what a number after them is, in the languages of the studies."""

import re

PHONE_CUE = re.compile(
    r"(?:(?<![A-Za-zÀ-ž])(?:t[eé]l|telf|phone|telephone|mobile?|cell(?:phone)?|cel|fax|telefon\w*|tel[eé]fono|m[oó]vil"
    r"|celular|telem[oó]vel|telefone|fone|portable|handy|handynummer|rufnummer|durchwahl|telp|telepon|telepono|hp|wa|zap"
    r"|whatsapp|viber|zalo|gcash|sms|hotline|sđt|điện thoại|call me|i?-?text me|i-text|ruf mich|ll[aá]ma(?:me|nos)"
    r"|ll[aá]me(?:me|nos)|marque|me liga|liga para|ligue|appelle[rz]?|joignable|hubungi|volejte|zavolej|tawagan|tumawag"
    r"|chiam(?:a|ami|ate|ateci|are)|telefona(?:mi|re|te)?|zavolejte|zavolat|zavolaj(?:te)?|bel (?:me|ons|naar|hem|haar)"
    r"|ring (?:meg|mig|til|på)|soita|hívj\w*|sun[aă](?:ți|ți-ne|-mă)?|ara(?:yın|yınız| beni)|gọi|liên hệ"
    r"|(?:my|mein\w*|mi|meu|mon|m[ůo]je|moje) (?:number|nummer|n[uú]m[eé]ro|číslo)|n[uú]mero ko|nomor saya"
    r"|(?:n[uú]m[eé]ro|number|nummer|číslo|nomor) (?:d[aeo]|of|von) (?:m[iy]|minha?|meu|ma|mon|meine[rsm]?|tu|su)"
    r"|số của|nomor (?:ibu|ayah|bapak))"
    r"|(?<!\w)(?:тел|моб|телефон\w*|мобильн\w*|звоните|позвони\w*|τηλ|τηλέφωνο|κινητό|simu|mobiel|telefoon"
    r"|дзвон\w+|телефонуйте|обад\w+ се|komórk\w*|zadzwoń)"
    r"|電話(?:番号|號碼)?|携帯(?:番号)?|ファックス|連絡先|电话|手机|手機|微信|致电|联系|โทร|เบอร์|फ़ोन|फोन|मोबाइल|कॉल|ফোন|মোবাইল|טלפון|נייד"
    r"|هاتفي?|جوالي?|موبايل|تلفون|واتساب|رقمي|تلفن|موبایل|تماس|فون"
    r"|전화(?:번호)?|휴대폰|연락처|고객센터|대표번호|콜센터|팩스)"
    r"(?![A-Za-zÀ-ž_])[^\d\n!?。]{0,16}$",
    re.IGNORECASE,
)
ANOTHER_CUE = re.compile(r"\[PHONE\][^\d\n.!?。]{0,16}$")
# draws of lotteries, and books
NOT_CALLED_CUE = re.compile(r"(?:isbn|lott?o|lotter\w+|loter[ií]a|tirage|bingo|ロト|로또)[^\n]{0,24}$", re.IGNORECASE)
ACCOUNT_CUE = re.compile(
    r"(?:(?<![A-Za-zÀ-ž])(?:(?:account|acct|a/c)(?: ?(?:number|no\b|nr\b|#)|(?=:))|konto-?(?:nummer|nr)\b|kto\b"
    r"|[uú]čtu|účet|(?:n[uú]mero de|mi) cuenta|cuenta (?:bancaria|corriente|n)|cuenta(?=:)|clabe|cbu"
    r"|(?:num[eé]ro de|mon) compte|compte(?= ?(?:n|:))|conta (?:corrente|poupança|n)|conta(?=:)|rekening|no\.? ?rek"
    r"|rek|norek|tài khoản|stk)"
    r"(?![A-Za-zÀ-žạ-ỹ_])|口座(?:番号)?|ゆうちょ[^\n]{0,16}番号|계좌(?:번호)?|은행|뱅크"
    r"|رقم الحساب|رقم حسابي|حسابي البنكي|الحساب رقم)"
    r"[^\d\n!?。]{0,20}$",
    re.IGNORECASE,
)
TAX_CUE = re.compile(r"(?:steuer-?\s?id|steueridentifikation|idnr|\btin\b)[^\n]{0,30}$", re.IGNORECASE)
MY_NUMBER_CUE = re.compile(r"(?:マイナンバー|個人番号|my number)[^\n]{0,16}$", re.IGNORECASE)
BIRTH_NUMBER_CUE = re.compile(r"(?:rodn\w+ č[ií]sl\w+|rodne cislo|r\. ?č\.)[^\n]{0,16}$", re.IGNORECASE)
SAUDI_CUE = re.compile(r"(?:هوية|إقامة|السجل المدني|iqama|national id)[^\n]{0,24}$", re.IGNORECASE)
# versions and chapters are counted like addresses; what they are of, or another one, may stand between
COUNTED_CUE = re.compile(
    r"(?:(?:\b(?:version|verze|versi[óo]n|versão|versi|bersyon|phiên bản|release|upgrade|update|kernel|firmware|build"
    r"|section|chapter|kapitola?|kapitel|cap[íi]tulo|chapitre|art[ií]c\w+|article|kabanata|bab|chương)\b|§"
    r"|الإصدار|الفصل|المادة|バージョン|버전|第)[^!?。\n]{0,24}|\bv\.?\s*)$",
    re.IGNORECASE,
)
