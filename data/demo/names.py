"""Invented names of the demo district: streets, communities, villages, roads."""


def _words(text: str) -> list[str]:
    return text.split()


STREETS = {  # code of the unit: name without 街道
    "nantang": "南塘",
    "hewan": "河湾",
    "bailu": "白鹭",
    "qingfeng": "青枫",
    "yuntai": "云台",
    "songgang": "松岗",
    "liuying": "柳营",
    "wangchuan": "望川",
    "lindu": "临渡",
    "beiqiao": "北桥",
    "shiwei": "石圩",
    "dongyuan": "东垣",
}
COMMUNITIES = _words(
    """
    桂花 银杏 紫薇 翠竹 玉兰 海棠 芙蓉 丹桂 蔷薇 茉莉 文昌 文庙 书院 状元 学府 明德 崇文 尚礼
    德馨 和顺 安泰 永宁 长乐 福源 康宁 太平 兴隆 富民 惠民 同心 和平 团结 友谊 光明 曙光 朝阳
    春晖 新华 建设 胜利 东门 西门 南门 北门 钟楼 鼓楼 古井 石桥 双桥 三元 五里 七星 八角 九曲
    滨河 临江 沿湖 湖畔 水岸 渔港 码头 渡口 盐仓 粮仓 车站 机修 纺织 轴承 电厂 矿机 花园 锦绣
    金域 银河 星光 月湖 雅苑 翠苑 梅苑 兰苑 竹苑 菊苑 枫林
    """
)
VILLAGES = _words(
    """
    大塘 小塘 上塘 下塘 前湾 后湾 东湾 西湾 柳林 杨林 松林 竹林 桃林 梨园 茶园 麦园 石塘 石岭
    石门 石板 青山 青石 青坪 白沙 白石 黄泥 黄土 红岩 红旗 金鸡 凤凰 龙泉 龙潭 清泉 清水 甘泉
    双溪 双井 三溪 四方 五星 六合 高桥 高坪 长冲 长塘 横溪 横岭 枫树 樟树 油坊 碾子 瓦窑 陶家
    马场
    """
)
ROADS = _words(
    """
    梧桐 香樟 槐荫 丁香 合欢 望江 沿江 临湖 镜湖 平湖 清溪 柳溪 兰溪 云溪 青云 步云 凌云 望云
    云岭 云峰 迎春 长春 阳春 迎秋 向阳 东升 通达 通济 广济 永济 普济 安济 崇德 厚德 明理 致远
    宁远 怀远 思源 清源 百草 采石 打铁 油榨 豆腐 竹器 缸瓦 灯笼 花板 布市 米市 鱼市 茶亭 凉亭
    风雨 关帝 水井 磨坊 仓前 营盘
    """
)
ROAD_KINDS = ("路", "街", "大道", "巷")
NUMERALS = "一二三四五六七八九十"
